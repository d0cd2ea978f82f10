// Addresses of clients and the networks that they belong to. Limits are counted per network: one
// IPv4 address, or the 56 bits of IPv6 that an access provider gives to one subscriber at least.
//
// Thread rule: plain values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::http {

inline constexpr int kClientBitsIpv4 = 32;
inline constexpr int kClientBitsIpv6 = 56;

/// An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d.
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  bool is_ipv4() const;
  std::string text() const;  // "192.0.2.1", "2001:db8::1"
  /// Numeric addresses only, without port, brackets or zone.
  static std::optional<Address> parse(std::string_view text);
  auto operator<=>(const Address&) const = default;
};

/// All addresses that share the first `bits` bits. Bits beyond are zero.
struct Network {
  Address first;
  int bits = 0;  // of 128

  bool contains(const Address& address) const;
  std::string text() const;  // "192.0.2.0/24"
  /// "192.0.2.0/24", "2001:db8::/32", or one address. Bits beyond the length must be zero.
  static std::optional<Network> parse(std::string_view text);
  auto operator<=>(const Network&) const = default;
};

/// What limits per client are counted by.
Network client_network(const Address& address);

}  // namespace weir::http
