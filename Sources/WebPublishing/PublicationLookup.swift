import Kernel
import Publishing

/// Finds the post of a publication that another slice knows as text.
struct PublicationLookup: Sendable {
    private let posts: PostDesk

    init(_ posts: PostDesk) { self.posts = posts }

    func post(_ publication: String, _ workspace: WorkspaceID) async throws -> PostID {
        guard let id = PublicationID(publication) else {
            throw PublishingError.noSuchPublication
        }
        return try await posts.post(of: id, in: workspace)
    }
}
