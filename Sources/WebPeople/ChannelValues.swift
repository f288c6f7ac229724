import Channels
import Kernel
import Networks
import Web

struct ChannelView: APIValue {
    let id: ChannelID
    let network: Network
    let name: String
    let handle: String
    let status: Channel.Status
    let server: String?
    let profileURL: String?
    let zone: Zone
    let language: String?
    let visibility: Visibility
    let trouble: String?

    init(_ channel: Channel) {
        id = channel.id
        network = channel.network
        name = channel.name
        handle = channel.handle
        status = channel.status
        server = channel.server
        profileURL = channel.profileURL
        zone = channel.zone
        language = channel.language
        visibility = channel.visibility
        trouble = channel.trouble
    }

    static let schema = Schema.object(
        "Channel",
        [
            .required("id", .id()), .required("network", .oneOf(Network.self)),
            .required("name", .line()), .required("handle", .text()),
            .required("status", .oneOf(Channel.Status.self)),
            .optional("server", .text("The server's base address.")),
            .optional("profileURL", .text()), .required("zone", .zone()),
            .optional("language", .line()),
            .required("visibility", .oneOf(Visibility.self)),
            .optional("trouble", .text("Why the network refused us.")),
        ])
}

struct ChannelInput: APIValue {
    let network: Network
    let name: String
    let handle: String?
    let profileURL: String?

    static let schema = Schema.object(
        "ChannelInput",
        [
            .required("network", .oneOf(Network.self)), .required("name", .line(max: 120)),
            .optional("handle", .line()), .optional("profileURL", .url()),
        ])
}

struct ChannelChange: APIValue {
    let name: String
    let zone: Zone
    let language: String?
    let visibility: Visibility

    static let schema = Schema.object(
        "ChannelChange",
        [
            .required("name", .line(max: 120)), .required("zone", .zone()),
            .optional("language", .line("BCP 47, such as `de-AT`.", max: 35)),
            .required("visibility", .oneOf(Visibility.self)),
        ])
}

struct PracticeInput: APIValue {
    static let schema = Schema.object("PracticeInput", [])
}

struct ConnectionInput: APIValue {
    let network: Network
    let server: String?
    let identifier: String
    let password: String
    let importHistory: Bool
    let channel: ChannelID?

    static let schema = Schema.object(
        "ConnectionInput",
        [
            .required("network", .oneOf(Network.self)),
            .optional("server", .line("Absent: the network's usual server.")),
            .required("identifier", .line("The handle.")),
            .required("password", .string(minLength: 1, maxLength: 500)),
            .required(
                "importHistory",
                .boolean(description: "Whether past posts and their figures are brought in.")),
            .optional("channel", .id("The channel to reconnect.")),
        ])
}

struct AuthorizationInput: APIValue {
    let network: Network
    let server: String
    let importHistory: Bool
    let channel: ChannelID?

    static let schema = Schema.object(
        "AuthorizationInput",
        [
            .required("network", .oneOf(Network.self)), .required("server", .line()),
            .required("importHistory", .boolean()),
            .optional("channel", .id("The channel to reconnect.")),
        ])
}

struct AuthorizationView: APIValue {
    let browserURL: String
    static let schema = Schema.object(
        "AuthorizationView", [.required("browserURL", .url("Open this in a browser."))])
}

struct GoalInput: APIValue {
    let sentence: String
    static let schema = Schema.object(
        "FirstGoal", [.required("sentence", .line("What the business wants.", max: 300))])
}

struct FirstPostInput: APIValue {
    let text: String
    let at: LocalTime

    static let schema = Schema.object(
        "FirstPost",
        [
            .required("text", .string(minLength: 1, maxLength: 5000)),
            .required("at", .localTime("On the workspace's clock.")),
        ])
}

struct FirstPostView: APIValue {
    let page: String
    let problem: String?

    static let schema = Schema.object(
        "FirstPostView",
        [
            .required("page", .line("The page that shows the post.")),
            .optional("problem", .text("What keeps it from being scheduled.")),
        ])
}
