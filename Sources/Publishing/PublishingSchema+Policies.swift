import Kernel
package import Store

extension PublishingSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = contentPolicies + deliveryPolicies + stopPolicies

    private static let contentPolicies = [
        TablePolicy(
            "post", "Posts and their author here.",
            people: .found([
                PersonTrace(.person, in: "author_id", .replace(["author_id": .nothing]))
            ]),
            keeps: .always(because: "what went out in public, and its results"),
            harmless: ["body": "the workspace's own words"]),
        TablePolicy(
            "media_asset", "Pictures of posts; what cameras wrote into them is removed.",
            people: .nobody(because: "the workspace's own pictures"),
            keeps: .always(because: "until no post has it"),
            harmless: ["file_name": "the file's name"]),
        TablePolicy(
            "media_file", "The bytes of pictures, for the other processes on a PostgreSQL.",
            people: .nobody(because: "the workspace's own pictures, without what cameras wrote"),
            keeps: .with("media_asset")),
        TablePolicy(
            "post_media", "Which pictures a post has.",
            people: .nobody(because: "joins posts and pictures"), keeps: .with("post"),
            harmless: ["alt_text": "what a picture shows, in the workspace's words"]),
        TablePolicy(
            "variant", "What a post says on each channel.",
            people: .nobody(because: "the workspace's own words"), keeps: .with("post"),
            harmless: ["body": "the workspace's own words"]),
        TablePolicy(
            "variant_media", "Which pictures a variant has.",
            people: .nobody(because: "joins variants and pictures"), keeps: .with("variant"),
            harmless: ["alt_text": "what a picture shows, in the workspace's words"]),
        TablePolicy(
            "publishing_setting", "Whether posts need approval.",
            people: .nobody(because: "a setting of the workspace"),
            keeps: .always(because: "a setting of the workspace")),
        TablePolicy(
            "link_card", "What pages behind links say of themselves.",
            people: .nobody(because: "public pages that posts link to"),
            keeps: .lasting(
                .days(90), after: "read_at", because: "an older card is read anew when needed"),
            harmless: ["address": "the address of a page", "address_hash": "of that address"]),
    ]

    private static let deliveryPolicies = [
        TablePolicy(
            "publication", "Each post on each channel, with the proof that it is out.",
            people: .found([
                PersonTrace(.mention, in: "proof", .replace(["proof": .words]))
            ]),
            keeps: .always(because: "results hang from it"),
            harmless: ["sent_text": "the workspace's own words, as they went out"]),
        TablePolicy(
            "publication_part", "The posts of a thread.",
            people: .nobody(because: "the workspace's own posts"), keeps: .with("publication")),
        TablePolicy(
            "publication_upload", "Pictures a network has already.",
            people: .nobody(because: "the workspace's own pictures"),
            keeps: .with("publication")),
        TablePolicy(
            "attempt", "Every attempt to publish, with the network's answer.",
            people: .found([
                PersonTrace(.mention, in: "message", .replace(["message": .words]))
            ]),
            keeps: .with("publication")),
        TablePolicy(
            "approval", "Who approved what, with their words.",
            people: .found([
                PersonTrace(
                    .person, in: "person_id",
                    .replace([
                        "person_id": .nothing, "person_name": .somebody, "note": .text(""),
                    ])),
                PersonTrace(
                    .name, in: "person_name",
                    .replace(["person_name": .somebody, "note": .text("")])),
            ]),
            keeps: .with("publication")),
        TablePolicy(
            "approval_link", "Links with which a client approved a post.",
            people: .found([
                PersonTrace(
                    .name, in: "approver", .replace(["approver": .somebody, "note": .text("")])),
                PersonTrace(.name, in: "created_by", .replace(["created_by": .somebody])),
            ]),
            keeps: .with("post")),
        TablePolicy(
            "preflight", "What the last look before the due time found.",
            people: .nobody(because: "findings about a post"), keeps: .with("publication")),
        TablePolicy(
            "history_import", "How far a channel's past posts were read.",
            people: .nobody(because: "counts and moments"), keeps: .with("channel")),
        TablePolicy(
            "publication_removal", "Posts that were taken back, and who asked for it.",
            people: .found([
                PersonTrace(.name, in: "asked_by", .replace(["asked_by": .somebody]))
            ]),
            keeps: .with("publication")),
        TablePolicy(
            "removal_attempt", "Every attempt to take a post back.",
            people: .nobody(because: "answers of a network"), keeps: .with("publication")),
    ]

    private static let stopPolicies = [
        TablePolicy(
            "publishing_freeze", "When publishing stood still, and who said so.",
            people: .found([
                PersonTrace(.name, in: "began_by", .replace(["began_by": .somebody])),
                PersonTrace(.name, in: "lifted_by", .replace(["lifted_by": .somebody])),
            ]),
            keeps: .always(because: "lateness is explained by it")),
        TablePolicy(
            "late_policy", "What happens to late posts.",
            people: .nobody(because: "a setting of the workspace"),
            keeps: .always(because: "a setting of the workspace")),
    ]
}
