/// What one connection, one address and all connections together may take.
package struct ConnectionLimits: Sendable, Hashable {
    /// Connections at the same time.
    package var connections = 4096
    /// Connections of one address; this machine and a trusted proxy are not counted.
    package var perAddress = 256
    /// From the first byte of a request to the end of its header.
    package var headTime = Duration.seconds(15)
    /// A connection on which nothing is asked and nothing owed is closed after this.
    package var idleTime = Duration.seconds(75)
    /// What is still read of a body after the answer, so that the connection can be kept.
    package var drainBytes = 256 << 10
    package var drainTime = Duration.seconds(5)
    /// How long a closing connection is read, so that the last answer is not lost to a reset.
    package var lingerTime = Duration.seconds(3)
    package var lingerBytes = 32 << 20
    /// An answer of which the peer takes nothing for so long is given up.
    package var stallTime = Duration.seconds(30)
    /// Bytes of answers that wait for slow peers, over all connections.
    package var outgoingBytes = 192 << 20
    /// One field of a header, and the request line.
    package var headFieldBytes = 16 << 10
    /// A whole header.
    package var headBytes = 32 << 10
    package var headFields = 100

    package init() {}
}
