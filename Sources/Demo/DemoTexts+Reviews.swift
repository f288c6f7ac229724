extension DemoTexts {
    /// What a review of one month says.
    struct Minute: Sendable {
        let summary: String
        let worked: (what: String, why: String)
        let didNot: (what: String, why: String)
        let decision: (what: String, why: String)
        var lesson: (statement: String, advice: String, tags: [String])?
    }

    static let giftMinute = Minute(
        summary: "The winter box sold out three days early; we wrote 200 cards by hand.",
        worked: (
            "The box posts brought most of the month's money",
            "One product, one page, a visible number that went down."
        ),
        didNot: (
            "The last week ran on night shifts",
            "We started writing cards when the first orders came."
        ),
        decision: ("Order Lieve's cups in September", "She needs ten weeks, we gave her six."),
        lesson: (
            "A sprint sells in its first week and fades within three",
            "Put the best text and the paid posts in days one to five.", ["sprint", "gift"]
        ))

    static let springMinute = Minute(
        summary: "The subscription launch was loud for a week and quietly useful after it.",
        worked: (
            "The first-bag offer filled the letterboxes",
            "It cost us a bag and asked for an opinion, not for a credit card."
        ),
        didNot: ("Posts after day ten were hardly clicked", "We said the same thing five times."),
        decision: (
            "Stop a launch after two weeks",
            "The guides sold more in week three than the launch did."
        ))

    static let giveawayMinute = Minute(
        summary: "Our loudest month brought the fewest buyers: the giveaway did not work.",
        worked: (
            "The guides kept selling underneath",
            "People who look for help buy; people who look for prizes do not."
        ),
        didNot: (
            "Latte art giveaway: hundreds of likes, next to no orders",
            "The hashtag belongs to people who enter giveaways, not to people who buy coffee."
        ),
        decision: (
            "No giveaways this year", "It cost more than the winter box and earned almost nothing."
        ),
        lesson: (
            "Giveaways bring people who like prizes, not people who buy coffee",
            "Before a hashtag is used, look at who uses it and whether one of them ever bought from us.",
            ["sprint", "giveaway", "hashtag"]
        ))

    static let crisisMinute = Minute(
        summary:
            "We sent out stale coffee, said so the same day, and lost fewer customers than we feared.",
        worked: (
            "Saying it first, with the batch number in the first line",
            "Most replies were thanks; the angry ones had a person's name to answer to."
        ),
        didNot: (
            "186 parcels of batch 0914 left the house",
            "Two crates with the same label, and nobody was told to look at the date."
        ),
        decision: (
            "Pause all planned posts as soon as something is wrong",
            "A cheerful guide under an apology reads like mockery."
        ),
        lesson: (
            "An apology works when it names the batch, the number and the remedy in its first line",
            "Use the text of 14 September as the pattern, and pause everything scheduled.",
            ["complaint", "crisis"]
        ))

    static let ordinary: [Minute] = [
        Minute(
            summary: "A quiet month that did its work.",
            worked: (
                "The water guide was read again and again",
                "People search for it when their kettle scales up."
            ),
            didNot: (
                "Saturday pictures were liked and not clicked",
                "They lead to the opening hours, which nobody clicks."
            ),
            decision: (
                "Link pictures to the coffee in them", "A picture of a bag should lead to the bag."
            )),
        Minute(
            summary: "Courses filled late, guides grew steadily.",
            worked: (
                "The clinic post filled in a day",
                "“Bring your machine, yes, the whole machine” is a sentence people repeat."
            ),
            didNot: (
                "Two course posts went out ten days before the date",
                "Too late: people plan Saturdays three weeks ahead."
            ),
            decision: ("Announce dates three weeks ahead", "Seats sold earlier are seats sold."),
            lesson: (
                "Course dates need three weeks",
                "Plan the Tuesday post for the month before the course.", ["course"]
            )),
        Minute(
            summary: "Guides overtook everything else for the first time.",
            worked: (
                "Old guides sold more than new posts", "Each one keeps its link and is found again."
            ),
            didNot: (
                "The price breakdown was praised and did not sell",
                "It answers a question that buyers do not have yet."
            ),
            decision: (
                "Write two guides ahead", "So that a bad week does not mean a missed Monday."
            ),
            lesson: (
                "A guide that answers one real question sells for months",
                "Start from a question somebody asked at the bar.", ["guide", "home-brewing"]
            )),
        Minute(
            summary: "Growers' stories were read to the end, and the second payment helped.",
            worked: (
                "The receipt post from Gashonga",
                "A photographed receipt convinces more than an adjective."
            ),
            didNot: (
                "Roast logs are for us", "Nobody but roasters knows what eleven seconds mean."
            ),
            decision: ("One roast log a month at most", "Keep them, but rarely.")),
        Minute(
            summary: "Fewer posts, same money.",
            worked: (
                "Skipping one Thursday cost nothing", "The guide of the Monday before kept going."
            ),
            didNot: ("Questions waited two days on one weekend", "Both of us were at the market."),
            decision: ("Swap Saturday duty", "Whoever is not at the market answers.")),
    ]
}
