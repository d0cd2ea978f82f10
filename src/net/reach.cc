#include "net/reach.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <arpa/inet.h>

namespace weir::net {
namespace {

struct Range4 {
  std::uint32_t first;
  unsigned bits;
};
// IANA IPv4 Special-Purpose Address Registry: what is not globally reachable; and multicast.
constexpr std::array kNotPublic4 = {
    Range4{0x00000000, 8},   // 0.0.0.0/8 this network
    Range4{0x0a000000, 8},   // 10.0.0.0/8 private
    Range4{0x64400000, 10},  // 100.64.0.0/10 shared
    Range4{0x7f000000, 8},   // 127.0.0.0/8 loopback
    Range4{0xa9fe0000, 16},  // 169.254.0.0/16 link-local, metadata services
    Range4{0xac100000, 12},  // 172.16.0.0/12 private
    Range4{0xc0000000, 24},  // 192.0.0.0/24 protocol assignments
    Range4{0xc0000200, 24},  // 192.0.2.0/24 documentation
    Range4{0xc0586300, 24},  // 192.88.99.0/24 6to4 relays, deprecated
    Range4{0xc0a80000, 16},  // 192.168.0.0/16 private
    Range4{0xc6120000, 15},  // 198.18.0.0/15 benchmarks
    Range4{0xc6336400, 24},  // 198.51.100.0/24 documentation
    Range4{0xcb007100, 24},  // 203.0.113.0/24 documentation
    Range4{0xe0000000, 4},   // 224.0.0.0/4 multicast
    Range4{0xf0000000, 4},   // 240.0.0.0/4 reserved, broadcast
};

bool is_public4(std::uint32_t address) {
  return std::ranges::none_of(kNotPublic4, [address](const Range4& range) {
    return (address ^ range.first) >> (32 - range.bits) == 0;
  });
}

std::uint32_t big_endian(const unsigned char* bytes) {
  return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
         (std::uint32_t{bytes[2]} << 8) | std::uint32_t{bytes[3]};
}

bool is_public6(const std::array<unsigned char, 16>& bytes) {
  const std::uint32_t first = big_endian(bytes.data());
  const auto begins = [&](std::initializer_list<unsigned char> prefix) {
    return std::equal(prefix.begin(), prefix.end(), bytes.begin());
  };
  if (begins({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}) ||     // ::ffff:0:0/96 mapped
      begins({0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {  // 64:ff9b::/96 NAT64
    return is_public4(big_endian(&bytes[12]));
  }
  if (begins({0x20, 0x02})) {  // 2002::/16 6to4
    return is_public4(big_endian(&bytes[2]));
  }
  const bool is_global = (first >> 29) == 1;                  // 2000::/3
  const bool is_special = (first >> 9) == 0x20010000 >> 9 ||  // 2001::/23 Teredo, ORCHID and others
                          first == 0x20010db8 ||              // 2001:db8::/32 documentation
                          (first >> 12) == 0x3fff0;           // 3fff::/20 documentation
  return is_global && !is_special;
}

}  // namespace

bool is_public_address(std::string_view text) {
  const std::string terminated(text);
  in_addr four{};
  if (::inet_pton(AF_INET, terminated.c_str(), &four) == 1) {
    return is_public4(ntohl(four.s_addr));
  }
  std::array<unsigned char, 16> six{};
  return ::inet_pton(AF_INET6, terminated.c_str(), six.data()) == 1 && is_public6(six);
}

bool may_reach(Reach reach, std::string_view address, const std::vector<std::string>& allowed) {
  return reach == Reach::anywhere || is_public_address(address) ||
         std::ranges::find(allowed, address) != allowed.end();
}

}  // namespace weir::net
