import Foundation

/// What files of customers, cohorts and posts must not hold, whatever the question.
enum ReturnChecks {
    /// Larger numbers are typing errors, and their sums would lose the units.
    static let most = 1e15
    /// Years without a single date that are believed.
    static let longestGap = 5
    /// Years that a file may span.
    static let longestSpan = 200

    /// What programs write where a name is missing.
    private static let missing: Set<String> = [
        "", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", "<NA>",
    ]

    /// A column of names, each once, and for each row which one it is; rows without are refused.
    static func words(
        _ table: DataTable, _ column: Int, thing: String
    ) throws(AnalysisError) -> (words: [String], codes: [Int32]) {
        let (words, codes) = table.words(column)
        for (code, word) in words.enumerated() where missing.contains(word) {
            throw nameless(table, codes.firstIndex(of: Int32(code)) ?? 0, column, word, thing)
        }
        return (words, codes)
    }

    /// A column of names, row by row; rows without are refused.
    static func names(
        _ table: DataTable, _ column: Int, thing: String
    ) throws(AnalysisError) -> [String] {
        let (words, codes) = try words(table, column, thing: thing)
        return codes.map { words[Int($0)] }
    }

    /// A column of names of groups, where a blank one is a group of its own.
    static func groups(_ table: DataTable, _ column: Int) -> [String] {
        let (words, codes) = table.words(column)
        let named = words.map { $0.isEmpty ? "(none)" : $0 }
        return codes.map { named[Int($0)] }
    }

    private static func nameless(
        _ table: DataTable, _ row: Int, _ column: Int, _ word: String, _ thing: String
    ) -> AnalysisError {
        .badCell(
            row: table.fileRow(row), column: table.headings[column], text: word,
            remedy: "names no \(thing); all rows like it would count as one \(thing). Fill the "
                + "name in, or take these rows out.")
    }

    /// A column of numbers within `limits`; an empty cell is `empty` or, without it, an error.
    static func numbers(
        _ table: DataTable, _ column: Int, empty: Double? = nil,
        within limits: ClosedRange<Double> = -most...most
    ) throws(AnalysisError) -> [Double] {
        let numbers = try table.numbers(column, empty: empty)
        for (row, number) in numbers.enumerated() where !limits.contains(number) {
            throw .badCell(
                row: table.fileRow(row), column: table.headings[column], text: short(number),
                remedy: "is not a believable number: wanted is one from "
                    + "\(short(limits.lowerBound)) to \(short(limits.upperBound)).")
        }
        return numbers
    }

    /// A number in few letters, however large it is.
    static func short(_ number: Double) -> String {
        if number == number.rounded(), abs(number) < 1e7 { return String(format: "%.0f", number) }
        return String(format: "%.6g", number)
    }

    /// A column of sums of money, with or without the sign or the letters of one currency.
    static func amounts(_ table: DataTable, _ column: Int) throws(AnalysisError) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(table.rowCount)
        var currency: String?
        try table.forEachCell(column) { row, cell throws(AnalysisError) in
            if let number = table.style.number(cell), abs(number) <= most {
                return result.append(number)
            }
            guard
                let (number, mark) = money(String(decoding: cell, as: UTF8.self), table.style),
                abs(number) <= most
            else {
                throw table.badCell(
                    row, column, cell,
                    table.style.hasDecimalCommas
                        ? "is not a sum such as 1234,5 (at most \(short(most)))."
                        : "is not a sum such as 1234.5 (at most \(short(most))); thousands stand "
                            + "without commas. If commas separate decimals, say --decimal-comma.")
            }
            if let currency, currency != mark {
                throw table.badCell(
                    row, column, cell,
                    "is in \(mark), rows above are in \(currency). Give sums of one currency.")
            }
            currency = mark
            result.append(number)
        }
        return result
    }

    /// The sum and the currency of `$12.50`, `-$5`, `12,50 €` or `EUR 12.50`.
    private static func money(_ text: String, _ style: CSVStyle) -> (Double, String)? {
        var rest = Substring(text)
        func trim() {
            rest = rest.drop(while: \.isWhitespace)
            while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        }
        trim()
        let isNegative = rest.first == "-" || rest.first == "−"
        if isNegative {
            rest = rest.dropFirst()
            trim()
        }
        let isMark = { (letter: Character) in
            letter.unicodeScalars.first?.properties.generalCategory == .currencySymbol
                || letter.isASCII && letter.isLetter
        }
        var mark = rest.prefix(while: isMark)
        rest = rest.dropFirst(mark.count)
        if mark.isEmpty {
            mark = rest.suffix(rest.reversed().prefix(while: isMark).count)
            rest = rest.dropLast(mark.count)
        }
        trim()
        // A symbol, with or without the letters of a country (US$), or the three letters of ISO 4217.
        guard !mark.isEmpty, mark.count <= 3,
            CurrencyCodes.all.contains(mark.uppercased()) || mark.contains(where: { !$0.isLetter }),
            let number = style.number(String(rest)), rest.first != "-" || !isNegative
        else { return nil }
        return (isNegative ? -number : number, String(mark))
    }

    /// Refuses days that lie years away from all others: a year that was mistyped.
    static func span(
        _ table: DataTable, _ column: Int, _ days: [Int], until: Int? = nil
    ) throws(AnalysisError) {
        let used = until.map { end in days.indices.filter { days[$0] <= end } }
        let order = used ?? Array(days.indices)
        let (first, last) = (order.map { days[$0] }.min(), order.map { days[$0] }.max())
        guard let first, let last, last - first > longestGap * 366 else { return }
        let sorted = order.sorted { (days[$0], $0) < (days[$1], $1) }
        for place in 1..<sorted.count {
            let (before, after) = (sorted[place - 1], sorted[place])
            let gap = days[after] - days[before]
            guard gap > longestGap * 366 else { continue }
            // The smaller side of the gap is the odd one.
            let isBefore = place <= sorted.count - place
            let row = isBefore ? before : after
            throw .badCell(
                row: table.fileRow(row), column: table.headings[column],
                text: DayNumber.text(days[row]),
                remedy: "lies \(Int((Double(gap) / 365.2425).rounded())) years "
                    + "\(isBefore ? "before" : "after") the next date of "
                    + "the file, which is more than \(longestGap). Correct the year, or take the "
                    + "row out.")
        }
        guard last - first <= longestSpan * 366 else {
            throw .unsuitable(
                "\(table.name) spans \((last - first) / 365) years, from \(DayNumber.text(first)) "
                    + "to \(DayNumber.text(last)); at most \(longestSpan) are read. Take rows out.")
        }
    }

    /// A number that an option gives; `wanted` says in words what it must be.
    static func option(
        _ name: String, _ value: Double?, within limits: ClosedRange<Double>, _ wanted: String
    ) throws(AnalysisError) {
        guard let value, !limits.contains(value) else { return }
        let said = value.isFinite ? short(value) : "\(value)"
        throw .unsuitable("\(name) \(said) must be \(wanted).")
    }
}
