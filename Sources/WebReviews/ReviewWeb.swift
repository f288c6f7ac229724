import Kernel
import People
package import Reviews
package import Web

/// The pages and the API of reviews, decisions and lessons.
package struct ReviewWeb: Sendable {
    let desk: ReviewDesk
    let frame: Frame
    let live: LiveHub?

    package init(desk: ReviewDesk, frame: Frame, live: LiveHub? = nil) {
        self.desk = desk
        self.frame = frame
        self.live = live
    }

    /// Every route of reviews and of the library.
    package var routes: [Route] {
        pages + reviewRoutes + findingRoutes + decisionRoutes + lessonRoutes + cycleRoutes
    }

    static let base = "/workspaces/{workspace}"
    static let tag = "Reviews"

    func today(_ request: WebRequest) -> CivilDate {
        CivilDate(request.now, in: request.workspace.zone)
    }

    static func path(_ request: WebRequest, _ rest: String) -> String {
        "/w/\(request.workspace.slug)\(rest)"
    }
}

// MARK: - Reviews

extension ReviewWeb {
    var reviewRoutes: [Route] { reviewReadRoutes + reviewWriteRoutes + minuteRoutes }

    private var reviewReadRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/reviews", id: "listReviews", "Every review, the latest first.",
            tag: Self.tag, access: .workspace(.view),
            query: [
                QueryParameter("q", .text("Words in summary and findings.", max: 200)),
                QueryParameter("cadence", .oneOf(ReviewCadence.self)),
                QueryParameter("state", .oneOf(Review.State.self)),
                QueryParameter("sort", .oneOf(ReviewOrder.self, "newest when left out.")),
            ] + QueryParameter.paging
        ) { (call: Call<Nothing>) in
            Listing(
                try await desk.reviews(
                    try Self.reviewFilter(call.request), page: try call.request.pageRequest(),
                    in: call.workspace.workspace
                ).map(ReviewAnswer.init))
        }
        let read = Endpoint(
            .get, "\(Self.base)/reviews/{review}", id: "readReview",
            "One review with its figures, findings, lessons and decisions.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            ReviewDetailAnswer(
                try await desk.review(
                    try call.id("review", ReviewTag.self), in: call.workspace.workspace))
        }
        return [list.route, read.route]
    }

    private var reviewWriteRoutes: [Route] {
        let open = Endpoint(
            .post, "\(Self.base)/reviews", id: "openReview",
            "Opens a review of a time that is over, or of one so far, with its figures.",
            tag: Self.tag, access: .workspace(.review)
        ) { (call: Call<ReviewInput>) in
            ReviewReference(
                try await desk.open(
                    call.input.cadence, holding: call.input.day,
                    soFar: call.input.soFar ?? false, zone: call.workspace.zone,
                    in: call.workspace.workspace, by: call.principal))
        }
        let refresh = Endpoint(
            .put, "\(Self.base)/reviews/{review}/figures", id: "refreshReviewFigures",
            "Fills in the figures again, for what came late.", tag: Self.tag,
            access: .workspace(.review)
        ) { (call: Call<Nothing>) in
            try await desk.refreshFigures(
                of: try call.id("review", ReviewTag.self), zone: call.workspace.zone,
                in: call.workspace.workspace, by: call.principal)
            return Nothing()
        }
        return [
            open.route, refresh.route,
            open.action("/w/{workspace}/reviews") { output, request in
                .redirect(to: Self.path(request, "/reviews/\(output.id)"))
            },
            refresh.action("/w/{workspace}/reviews/{review}/figures", method: .put) {
                _, request in try await body(request).toast("The figures are fresh.")
            },
        ]
    }

    private var minuteRoutes: [Route] {
        let finish = Endpoint(
            .put, "\(Self.base)/reviews/{review}/minute", id: "finishReview",
            "Finishes a review; what it says becomes the minute.", tag: Self.tag,
            access: .workspace(.review)
        ) { (call: Call<MinuteInput>) in
            try await desk.finish(
                try call.id("review", ReviewTag.self), summary: call.input.summary ?? "",
                in: call.workspace.workspace, by: call.principal)
            return Nothing()
        }
        let reopen = Endpoint(
            .delete, "\(Self.base)/reviews/{review}/minute", id: "reopenReview",
            "Opens a finished review again, to correct its minute.", tag: Self.tag,
            access: .workspace(.review)
        ) { (call: Call<Nothing>) in
            try await desk.reopen(
                try call.id("review", ReviewTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        let back: @Sendable (WebRequest) throws -> Reply = { request in
            let id = try request.id("review", ReviewTag.self)
            return .redirect(to: Self.path(request, "/reviews/\(id)"))
        }
        return [
            finish.route, reopen.route,
            finish.action("/w/{workspace}/reviews/{review}/minute", method: .put) {
                _, request in
                let id = try request.id("review", ReviewTag.self)
                return try back(request).toast(
                    "Finished. The minute stands.",
                    undo: Self.path(request, "/reviews/\(id)/reopening"))
            },
            reopen.action("/w/{workspace}/reviews/{review}/reopening") { _, request in
                try back(request)
            },
        ]
    }

    var cycleRoutes: [Route] {
        let read = Endpoint(
            .get, "\(Self.base)/review-cycles", id: "readReviewCycles",
            "The cycles that open reviews by themselves.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            CyclesAnswer(on: try await desk.cycles(in: call.workspace.workspace))
        }
        let set = Endpoint(
            .put, "\(Self.base)/review-cycles/{cadence}", id: "setReviewCycle",
            "Switches a cycle on or off.", tag: Self.tag, access: .workspace(.review)
        ) { (call: Call<CycleInput>) in
            let name = call.request.parameters["cadence"] ?? ""
            guard let cadence = ReviewCadence(rawValue: name) else {
                throw Problem.notFound("review cycle")
            }
            try await desk.setCycle(
                cadence, isOn: call.input.isOn, in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        return [
            read.route, set.route,
            set.action("/w/{workspace}/reviews/cycles/{cadence}", method: .put) { _, request in
                .redirect(to: Self.path(request, "/reviews"))
            },
        ]
    }

    var findingRoutes: [Route] {
        let add = Endpoint(
            .post, "\(Self.base)/reviews/{review}/findings", id: "createFinding",
            "Writes down what worked, did not, or surprised.", tag: Self.tag,
            access: .workspace(.review)
        ) { (call: Call<FindingInput>) in
            let input = call.input
            return ReviewReference(
                try await desk.addFinding(
                    FindingDraft(
                        kind: input.kind, what: input.what, why: input.why ?? "",
                        about: input.about),
                    to: try call.id("review", ReviewTag.self), in: call.workspace.workspace,
                    by: call.principal))
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/reviews/{review}/findings/{finding}", id: "removeFinding",
            "Takes a finding out.", tag: Self.tag, access: .workspace(.review)
        ) { (call: Call<Nothing>) in
            try await desk.removeFinding(
                try call.id("finding", FindingTag.self),
                of: try call.id("review", ReviewTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        let path = "/w/{workspace}/reviews/{review}/findings"
        return [
            add.route, remove.route,
            add.action(path) { _, request in try await body(request) },
            remove.action("\(path)/{finding}", method: .delete) { _, request in
                try await body(request)
            },
        ]
    }
}
