import Kernel
import Links
import Outbound

extension OutboundClient {
    /// The text at an address, for the question whether the public address is this server.
    func text(at url: String) async -> Result<String, PublicAddress.NoAnswer> {
        do {
            let answer = try await send(OutboundRequest("GET", url, maxBytes: 4096))
            guard answer.isSuccess else {
                return .failure(.init("It answered with status \(answer.status)."))
            }
            return .success(String(decoding: answer.body, as: UTF8.self))
        } catch {
            return .failure(.init(error.problem.message))
        }
    }
}
