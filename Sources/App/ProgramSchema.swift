import Channels
import Engagement
import Jobs
import Links
import Measurement
import Nodes
import Notices
import People
import Planning
import PracticeNetwork
import Privacy
import Publishing
import Reviews
import Safekeeping
package import Store
import Strategy

/// Every table of the program, slice by slice, in the order their references need.
package enum ProgramSchema {
    /// The version of the schema; a program refuses a database that needs a later one.
    package static let version = 1

    package static let plan = MigrationPlan(
        version: version, compatibleFrom: 1,
        steps: PeopleSchema.migrations + JobsSchema.migrations + ChannelsSchema.migrations
            + LinksSchema.migrations + StrategySchema.migrations + PlanningSchema.migrations
            + PublishingSchema.migrations + EngagementSchema.migrations
            + MeasurementSchema.migrations + ReviewsSchema.migrations
            + NoticesSchema.migrations + PracticeSchema.migrations
            + SafekeepingSchema.migrations + NodesSchema.migrations + PrivacySchema.migrations)

    /// What each table says of people, in the same order.
    package static let policies =
        MigrationPlan.policies + PeopleSchema.policies + JobsSchema.policies
        + ChannelsSchema.policies + LinksSchema.policies + StrategySchema.policies
        + PlanningSchema.policies + PublishingSchema.policies + EngagementSchema.policies
        + MeasurementSchema.policies + ReviewsSchema.policies + NoticesSchema.policies
        + PracticeSchema.policies + SafekeepingSchema.policies + NodesSchema.policies
        + PrivacySchema.policies
}

/// What this build calls itself.
package enum Version {
    package static let current = "0.1.0"
}
