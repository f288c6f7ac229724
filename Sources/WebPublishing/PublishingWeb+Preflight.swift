import Kernel
import Networks
import People
import Publishing
import Web

/// One thing that would keep a post from going out.
struct PreflightFindingAnswer: APIValue {
    let kind: PreflightFinding.Kind
    let message: String
    let mender: PreflightFinding.Mender

    init(_ finding: PreflightFinding) {
        kind = finding.kind
        message = finding.message
        mender = finding.mender
    }

    static let schema = Schema.object(
        "PreflightFinding",
        [
            .required("kind", .oneOf(PreflightFinding.Kind.self)), .required("message", .string()),
            .required("mender", .oneOf(PreflightFinding.Mender.self, "Who can mend it.")),
        ])
}

/// The last look at one publication before its time.
struct PreflightAnswer: APIValue {
    let publication: PublicationID
    let due: Instant
    let checkedAt: Instant
    let findings: [PreflightFindingAnswer]

    init(_ preflight: Preflight) {
        publication = preflight.publication
        due = preflight.due
        checkedAt = preflight.checkedAt
        findings = preflight.findings.map(PreflightFindingAnswer.init)
    }

    static let schema = Schema.object(
        "Preflight",
        [
            .required("publication", .id()), .required("due", .instant()),
            .required("checkedAt", .instant()),
            .required(
                "findings",
                .array(of: PreflightFindingAnswer.schema, description: "Empty: it would go out.")),
        ])
}

extension PublishingWeb {
    var preflightRoutes: [Route] {
        let risk = Endpoint(
            .get, "\(Self.base)/publications-at-risk", id: "listPublicationsAtRisk",
            "Scheduled posts that would not go out as things stand, the next due first.",
            tag: Self.tag, access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            Listing(
                items: try await posts.atRisk(in: call.workspace.workspace)
                    .map(PublicationLineAnswer.init))
        }
        let read = Endpoint(
            .get, "\(Self.base)/posts/{post}/preflight", id: "getPreflight",
            "What the last looks a day and an hour before the due time found.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            let workspace = call.workspace.workspace
            let sheet = try await posts.sheet(
                try call.id("post", PostTag.self), in: workspace)
            let found = try await posts.preflights(
                of: sheet.sides.map(\.publication.id), in: workspace)
            return Listing(
                items: sheet.sides.compactMap { found[$0.publication.id].map(PreflightAnswer.init) }
            )
        }
        let again = Endpoint(
            .post, "\(Self.base)/posts/{post}/preflight", id: "repeatPreflight",
            "Looks again now at what is due within a day.", tag: Self.tag,
            access: .workspace(.write)
        ) { (call: Call<Nothing>) in
            try await posts.lookAgain(
                at: try call.id("post", PostTag.self), in: call.workspace.workspace)
            return Nothing()
        }
        return [
            risk.route, read.route, again.route,
            again.action("\(Self.page)/posts/{post}/preflight") { _, request in
                Reply.redirect(to: "\(root(request))/posts/\(request.parameters["post"] ?? "")")
                    .toast("Looking again; this page shows the result.")
            },
        ]
    }
}
