/// How long a statement is waited for, in steps; knows nothing of sockets or clocks.
///
/// After each pause without a word the server is asked through another door whether it is there.
struct ServerPatience {
    /// Milliseconds between looks.
    static let step: Int32 = 250
    /// The server ends a statement by itself before this.
    static let limit = PostgresConnection.statementTimeout + 10_000
    private static let firstPause = 2_000
    private static let longestPause = 10_000
    /// A server that is there ends a statement that nobody wants any more within this.
    private static let unwantedPause = 1_000

    /// No limit but the server's presence, for migrations and long readings.
    let isEndless: Bool
    private var waited = 0
    private var pause = Self.firstPause
    private var nextQuestion = Self.firstPause
    private var unwanted = 0

    init(isEndless: Bool) { self.isEndless = isEndless }

    /// A step has passed in silence; whether to give up.
    mutating func isOver(isUnwanted: Bool, answers isServerThere: () -> Bool) -> Bool {
        waited += Int(Self.step)
        if isUnwanted {
            unwanted += Int(Self.step)
            if unwanted >= Self.unwantedPause { return true }
        }
        if !isEndless, waited >= Self.limit { return true }
        guard waited >= nextQuestion else { return false }
        pause = min(pause * 2, Self.longestPause)
        nextQuestion = waited + pause
        return !isServerThere()
    }
}
