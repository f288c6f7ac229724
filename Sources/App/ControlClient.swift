package import Foundation
import Kernel
import NIOCore
import NIOPosix

/// Asks the server that runs on a data folder to perform a command.
package enum ControlClient {
    /// Performs `request` there and returns its exit code; nil when no server listens.
    package static func ask(
        _ request: ControlRequest, folder: String,
        output: (Data) throws -> Void, complaint: (Data) throws -> Void
    ) async throws -> Int32? {
        let place = ControlPlace(folder: folder)
        let connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.seconds(5))
                .connect(unixDomainSocketPath: place.path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            // No socket, or one that a killed server left behind.
            return nil
        }
        return try await connection.executeThenClose { inbound, outbound in
            let line = try JSONEncoder().encode(request) + Data("\n".utf8)
            try await outbound.write(ByteBuffer(bytes: line))
            var buffer = ByteBuffer()
            for try await var part in inbound {
                buffer.writeBuffer(&part)
                while let frame = try ControlFrame.read(from: &buffer) {
                    switch frame {
                    case .output(let data): try output(data)
                    case .complaint(let data): try complaint(data)
                    case .exit(let code): return code
                    }
                }
                buffer.discardReadBytes()
            }
            throw Problem(
                .unavailable, code: "control.ended",
                "The server ended the conversation before it was done: it is stopping, or too "
                    + "many commands run at once. Please try again.")
        }
    }
}
