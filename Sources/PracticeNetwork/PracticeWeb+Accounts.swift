import Foundation
import Kernel
import Store
import Web

extension PracticeWeb {
    var accountRoutes: [Route] {
        [
            api("GET", "/api/v1/accounts/verify_credentials", scope: "read:accounts") { call in
                let account = try call.account
                return Self.answer(
                    call.json.ownAccount(account, posts: try await desk.postCount(account.id)))
            },
            api("GET", "/api/v1/accounts/lookup", scope: nil) { call in
                let account = try await desk.account(handle: call.request.query["acct"] ?? "")
                return Self.answer(
                    call.json.account(account, posts: try await desk.postCount(account.id)))
            },
            api("GET", "/api/v1/accounts/{account}", scope: nil) { call in
                let account = try await desk.account(try call.number("account"))
                return Self.answer(
                    call.json.account(account, posts: try await desk.postCount(account.id)))
            },
            api("GET", "/api/v1/accounts/{account}/statuses", scope: nil) { call in
                let id = try call.number("account")
                let isOwn = call.bearer?.account?.id == id
                let flags = call.request.query
                func isSet(_ name: String) -> Bool { ["true", "1"].contains(flags[name] ?? "") }
                var conditions: [PostCondition] = [.account(id)]
                if !isOwn { conditions.append(.visible) }
                if isSet("exclude_replies") { conditions.append(.start) }
                if isSet("only_media") { conditions.append(.pictures) }
                if isSet("pinned") { conditions.append(.nothing) }
                return Self.cards(
                    try await desk.list(conditions.map(\.sql), call.slice), call)
            },
            api("GET", "/api/v1/instance", scope: nil) { call in
                Self.answer(call.json.instance(version: 1))
            },
            api("GET", "/api/v2/instance", scope: nil) { call in
                Self.answer(call.json.instance(version: 2))
            },
        ]
    }
}
