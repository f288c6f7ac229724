import Store

/// What a list of posts can be narrowed to.
enum PostCondition: Sendable {
    case account(Int64)
    case visible
    case start
    case pictures
    case nothing

    var sql: SQL {
        switch self {
        case .account(let id): "p.account_id = \(id)"
        case .visible: "p.visibility <> 'private'"
        case .start: "p.parent_id IS NULL"
        case .pictures: "EXISTS (SELECT 1 FROM practice_media x WHERE x.post_id = p.id)"
        case .nothing: "1 = 0"
        }
    }
}
