#include "http/address.h"

#include <algorithm>

#include <arpa/inet.h>

#include "base/bytes.h"

namespace weir::http {

namespace {

constexpr std::array<std::uint8_t, 12> kIpv4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kIpv4PrefixBits = 96;
constexpr int kAddressBits = 128;

/// `address` with all bits after the first `bits` cleared.
Address first_of(Address address, int bits) {
  for (int byte = 0; byte < kAddressBits / 8; ++byte) {
    const int kept = std::clamp(bits - byte * 8, 0, 8);
    auto& value = address.bytes[static_cast<std::size_t>(byte)];
    value = static_cast<std::uint8_t>(value & (0xff00 >> kept));
  }
  return address;
}

}  // namespace

bool Address::is_ipv4() const {
  return std::equal(kIpv4Prefix.begin(), kIpv4Prefix.end(), bytes.begin());
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = is_ipv4() ? AF_INET : AF_INET6;
  const void* from = is_ipv4() ? bytes.data() + kIpv4Prefix.size() : bytes.data();
  return inet_ntop(family, from, text.data(), text.size());
}

std::optional<Address> Address::parse(std::string_view text) {
  const std::string whole(text);
  if (whole.find('\0') != std::string::npos) {
    return std::nullopt;  // inet_pton would stop there
  }
  Address address;
  if (inet_pton(AF_INET6, whole.c_str(), address.bytes.data()) == 1) {
    return address;
  }
  std::copy(kIpv4Prefix.begin(), kIpv4Prefix.end(), address.bytes.begin());
  if (inet_pton(AF_INET, whole.c_str(), address.bytes.data() + kIpv4Prefix.size()) == 1) {
    return address;
  }
  return std::nullopt;
}

bool Network::contains(const Address& address) const {
  return first_of(address, bits) == first;
}

std::string Network::text() const {
  const bool ipv4 = first.is_ipv4() && bits >= kIpv4PrefixBits;
  return first.text() + "/" + std::to_string(ipv4 ? bits - kIpv4PrefixBits : bits);
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  const int offset = address->is_ipv4() ? kIpv4PrefixBits : 0;
  Network network{*address, kAddressBits};
  if (slash != std::string_view::npos) {
    const auto length = parse_decimal(text.substr(slash + 1));
    if (!length || *length > static_cast<std::uint64_t>(kAddressBits - offset)) {
      return std::nullopt;
    }
    network.bits = static_cast<int>(*length) + offset;
  }
  if (first_of(*address, network.bits) != *address) {
    return std::nullopt;  // "192.0.2.1/24": a typing error in one of both
  }
  return network;
}

Network client_network(const Address& address) {
  const int bits = address.is_ipv4() ? kIpv4PrefixBits + kClientBitsIpv4 : kClientBitsIpv6;
  return {first_of(address, bits), bits};
}

}  // namespace weir::http
