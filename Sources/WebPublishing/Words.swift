import Kernel
import Networks
import Publishing
import Web

/// Dates and states in the words of pages.
enum Words {
    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    /// `Tue 24 Nov`.
    static func day(_ date: CivilDate) -> String {
        "\(weekdays[date.isoWeekday - 1]) \(date.day) \(date.civilMonth.shortName)"
    }

    /// `Tue 24 Nov, 09:00`.
    static func moment(_ local: LocalTime) -> String { "\(day(local.date)), \(local.clock)" }

    /// The instant in a zone: `Tue 24 Nov, 09:00`.
    static func moment(_ instant: Instant, _ zone: Zone) -> String {
        moment(zone.localTime(instant))
    }

    static func weekday(_ number: Int) -> String { weekdays[number - 1] }

    /// The chip of a line: a scheduled post that would not go out says so.
    static func chip(_ line: PublicationLine) -> Chip {
        line.warnings.isEmpty ? chip(line.publication.delivery) : atRisk
    }

    static let atRisk = Chip("At risk", .alert, icon: "tabler-alert-triangle")

    static func chip(_ delivery: Delivery) -> Chip {
        switch delivery.state {
        case .draft: Chip("Draft", .quiet, icon: "tabler-pencil")
        case .inReview: Chip("In review", .warn, icon: "tabler-eye")
        case .approved: Chip("Approved", .info, icon: "tabler-check")
        case .scheduled: Chip("Scheduled", .info, icon: "tabler-clock")
        case .preparing: Chip("Getting ready", .info, icon: "tabler-clock")
        case .sending: Chip("Sending", .info, icon: "tabler-send")
        case .published: Chip("Published", .good, icon: "tabler-check")
        case .refused: Chip("Refused", .alert, icon: "tabler-alert-triangle")
        case .doubtful: Chip("Checking", .warn, icon: "tabler-search")
        case .needsPerson:
            Chip(
                delivery.reason == .byHand ? "Publish by hand" : "Needs you", .alert,
                icon: "tabler-alert-triangle")
        }
    }
}
