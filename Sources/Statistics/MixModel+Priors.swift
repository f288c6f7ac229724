extension MixModel.Channel {
    /// What is believed of a parameter when nothing is said: α ~ Beta(1, 3), β half-normal
    /// as in PyMC-Marketing.
    ///
    /// Where a channel saturates is believed in terms of its usual period, as in Meridian: one very
    /// large period says nothing of where the others lie on the curve. Where the largest is twice the
    /// usual one, κ ~ Gamma(3, 3) and λ is as in PyMC-Marketing. So it stays for a single place with
    /// less even spend, where few periods tell the curve and a wider λ answered worse.
    package func usual(_ name: String, isPooled: Bool) -> Prior {
        switch name {
        case "alpha": .beta(1, 3)
        case "theta": .halfNormal(1)
        case "shape": .gamma(shape: 4, rate: 2)
        case "scale": .gamma(shape: 3, rate: 1)
        case "lambda": .gamma(shape: 3, rate: isPooled ? 2 * usualPeriod : max(1, 2 * usualPeriod))
        case "slope": .gamma(shape: 6, rate: 6)
        case "kappa": .gamma(shape: 3, rate: 1.5 / usualPeriod)
        default: .halfNormal(1)
        }
    }
}
