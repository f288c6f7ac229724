import Statistics

/// A file with one row per touch.
private struct TouchLog {
    /// −1 is nobody, whose rows are left out.
    var ids: [Int32]
    var idCount: Int
    var channels: [Int32]
    var channelNames: [String]
    var noChannel: Int32?
    /// Days, rising with time.
    var days: [Double]
    var conversions: [Double]
    var values: [Double]?
    /// Rows of one identity after the other, each in order of time.
    var order: [Int]
    /// Where each identity's rows begin, and at last where they end.
    var starts: [Int]
}

/// What counts as one touch: one, or several of a session.
private struct Touch {
    let channel: Int32
    /// When it began.
    let day: Double
    /// When it was seen last.
    var lastDay: Double

    init(channel: Int32, day: Double) {
        self.channel = channel
        self.day = day
        lastDay = day
    }
}

extension JourneyReading {
    func readTouches(_ table: DataTable, _ channel: Int) throws(AnalysisError) -> JourneySource {
        let id = try table.required(
            columns.id, usual: JourneyColumns.usualIDs, option: "--id")
        let hours = try table.column(
            columns.hours, usual: JourneyColumns.usualHours, option: "--hours-before")
        let days: [Double]
        if let hours {
            days = try table.numbers(hours).map { -$0 / 24 }
        } else {
            let time = try table.required(
                columns.time, usual: JourneyColumns.usualTimes, option: "--time")
            days = try moments(table, time)
        }
        let value = try table.column(
            columns.value, usual: JourneyColumns.usualValues, option: "--value")
        let values = try value.map { column throws(AnalysisError) in
            try table.numbers(column, empty: 0)
        }
        let conversion = try table.column(
            columns.conversions, usual: JourneyColumns.usualConversions, option: "--conversions")
        let conversions: [Double]
        if let conversion {
            conversions = try counts(table, conversion)
        } else if let values {
            conversions = values.map { $0 > 0 ? 1 : 0 }
        } else if hours != nil {
            conversions = days.map { _ in 1 }
        } else {
            throw .noColumn(
                wanted: "conversion", present: table.headings,
                hint: "Say with --conversions which column tells whether a row converted, or with "
                    + "--value what it brought.")
        }
        let people = try table.identities(id)
        let (channelNames, channels) = table.words(channel)
        let empty = channelNames.firstIndex(of: "").map { Int32($0) }
        var log = TouchLog(
            ids: people.codes, idCount: people.names.count, channels: channels,
            channelNames: channelNames,
            noChannel: empty, days: days, conversions: conversions, values: values, order: [],
            starts: [])
        log.sort()
        var source = journeys(log, converts: hours != nil)
        if let note = people.note { source.notes.append(note) }
        return source
    }

    private func moments(_ table: DataTable, _ column: Int) throws(AnalysisError) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(table.rowCount)
        try table.forEachCell(column) { row, cell throws(AnalysisError) in
            guard let seconds = Moment.read(cell) else {
                throw table.badCell(
                    row, column, cell,
                    (cell.isEmpty ? "needs" : "is not") + " a time such as 2024-03-31T18:05:00Z.")
            }
            result.append(seconds / 86_400)
        }
        return result
    }

    /// Times are kept as days, in which minutes are no round numbers: a tenth of a millisecond.
    private static let rounding = 1e-9

    /// Cuts each identity's touches at its conversions.
    private func journeys(_ log: TouchLog, converts: Bool) -> JourneySource {
        var source = JourneySource(journeys: Journeys(hasAges: true))
        source.hasValues = log.values != nil
        var codes: [Int32] = Array(repeating: -1, count: log.channelNames.count)
        var names: [String] = []
        func code(_ channel: Int32) -> Int32 {
            if codes[Int(channel)] < 0 {
                codes[Int(channel)] = Int32(names.count)
                names.append(log.channelNames[Int(channel)])
            }
            return codes[Int(channel)]
        }
        for identity in 0..<log.idCount {
            let rows = log.order[log.starts[identity]..<log.starts[identity + 1]]
            var open: [Touch] = []
            if converts {
                // Hours before the conversion: one journey, whose figures may stand in each row.
                for row in rows where log.channels[row] != log.noChannel {
                    open.append(Touch(channel: code(log.channels[row]), day: log.days[row]))
                }
                let most = rows.map { log.conversions[$0] }.max() ?? 0
                let value = rows.map { log.values?[$0] ?? 0 }.max() ?? 0
                add(open, at: 0, most, value, to: &source, isBounded: true)
                continue
            }
            var lastDay = 0.0
            for row in rows {
                let (channel, day) = (log.channels[row], log.days[row])
                if channel != log.noChannel {
                    let code = code(channel)
                    let isSession =
                        open.last?.channel == code && sessionMinutes > 0
                        && (day - lastDay) * 1440 <= sessionMinutes + Self.rounding * 1440
                    if !isSession { open.append(Touch(channel: code, day: day)) }
                    open[open.count - 1].lastDay = day
                    lastDay = day
                }
                if log.conversions[row] > 0 {
                    add(
                        open, at: day, log.conversions[row], log.values?[row] ?? 0, to: &source,
                        isBounded: true)
                    open = []
                } else if let value = log.values?[row], value != 0 {
                    source.unattributedValue += value
                }
            }
            if let last = open.last { add(open, at: last.day, 0, 0, to: &source, isBounded: false) }
        }
        source.journeys.channels = names
        return source
    }

    /// Adds a journey; what lies before the lookback of its conversion ended without one.
    private func add(
        _ touches: [Touch], at day: Double, _ conversions: Double, _ value: Double,
        to source: inout JourneySource, isBounded: Bool
    ) {
        let earliest = isBounded ? day - lookbackDays : -.infinity
        let recent = touches.filter { $0.lastDay >= earliest - Self.rounding }
        let older = touches.dropLast(recent.count)
        if let last = older.last {
            source.journeys.append(
                older.map(\.channel), ages: older.map { last.day - $0.day }, conversions: 0,
                value: 0, nulls: 1)
        }
        guard !recent.isEmpty else {
            source.unattributedConversions += conversions
            source.unattributedValue += value
            return
        }
        source.journeys.append(
            recent.map(\.channel), ages: recent.map { day - max($0.day, earliest) },
            conversions: conversions, value: value, nulls: conversions > 0 ? 0 : 1)
    }
}

extension TouchLog {
    /// Puts rows in order of identity and time; rows of one moment keep the order of the file.
    mutating func sort() {
        starts = Array(repeating: 0, count: idCount + 1)
        for id in ids where id >= 0 { starts[Int(id) + 1] += 1 }
        for index in 0..<idCount { starts[index + 1] += starts[index] }
        var next = starts
        order = Array(repeating: 0, count: starts[idCount])
        for (row, id) in ids.enumerated() where id >= 0 {
            order[next[Int(id)]] = row
            next[Int(id)] += 1
        }
        for id in 0..<idCount {
            let range = starts[id]..<starts[id + 1]
            order[range].sort { days[$0] == days[$1] ? $0 < $1 : days[$0] < days[$1] }
        }
    }
}
