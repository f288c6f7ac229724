package import Kernel

/// Marks identifiers of channels: one connected account, or one place published to by hand.
package enum ChannelTag {}

package typealias ChannelID = ID<ChannelTag>
