// Where an outbound connection may lead. Addresses of webhooks and mail servers are typed in by
// users, and names in them are resolved by whoever owns the name: without a guard Weir would knock
// at whatever stands behind its firewall.
//
// The guard looks at the very address that is about to be connected to, after resolution and for
// every attempt, so a name that resolves differently the second time gains nothing.
//
// Thread rule: functions of their arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::net {

/// anywhere: what the operator has configured (witnesses, mirrors, the mail server).
/// public_only: what others have typed in.
enum class Reach { anywhere, public_only };

/// True for an address of the public Internet: not private, loopback, link-local, multicast,
/// documentation, benchmark, unspecified, reserved, shared (RFC 6598) or unique-local; of IPv6 only
/// global unicast (2000::/3), and what carries an IPv4 address inside (mapped, 6to4, NAT64, Teredo)
/// as that address, where it can be known, or not at all. False for what is no address.
bool is_public_address(std::string_view text);

/// The same, or one of `allowed`, written exactly as inet_ntop writes it.
bool may_reach(Reach reach, std::string_view address, const std::vector<std::string>& allowed);

}  // namespace weir::net
