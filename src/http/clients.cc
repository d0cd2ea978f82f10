#include "http/clients.h"

#include <algorithm>
#include <utility>

#include "base/result.h"
#include "http/text.h"

namespace weir::http {

Clients::Ticket::Ticket(Ticket&& other) noexcept
    : clients_(std::exchange(other.clients_, nullptr)),
      network_(other.network_),
      what_(other.what_) {}

Clients::Ticket& Clients::Ticket::operator=(Ticket&& other) noexcept {
  std::swap(clients_, other.clients_);
  std::swap(network_, other.network_);
  std::swap(what_, other.what_);
  return *this;
}

Clients::Ticket::~Ticket() {
  if (clients_ != nullptr) {
    clients_->leave(network_, what_);
  }
}

std::size_t& Clients::of(Counts& counts, What what) {
  switch (what) {
    case What::connection:
      return counts.connections;
    case What::request:
      return counts.requests;
    case What::stream:
      return counts.streams;
  }
  return counts.requests;
}

void Clients::erase_if_empty(std::map<Network, Counts>& counts, const Network& network) {
  const Counts& left = counts[network];
  if (left.connections + left.requests + left.streams == 0) {
    counts.erase(network);
  }
}

std::optional<Clients::Ticket> Clients::enter(const Address& address, What what) {
  const Network network = client_network(address);
  Counts most{most_.connections, most_.requests, most_.streams};
  const bool entered = counts_.with([&](std::map<Network, Counts>& counts) {
    std::size_t& count = of(counts[network], what);
    if (count >= of(most, what)) {
      erase_if_empty(counts, network);
      return false;
    }
    ++count;
    return true;
  });
  return entered ? std::optional(Ticket(*this, network, what)) : std::nullopt;
}

void Clients::leave(const Network& network, What what) {
  counts_.with([&](std::map<Network, Counts>& counts) {
    const auto found = counts.find(network);
    CHECK(found != counts.end());
    --of(found->second, what);
    erase_if_empty(counts, network);
  });
}

std::size_t Clients::networks() const {
  return counts_.with([](const std::map<Network, Counts>& counts) { return counts.size(); });
}

Room::Share::~Share() {
  give_back();
}

void Room::Share::give_back() {
  if (room_ != nullptr) {
    room_->free_ += std::exchange(held_, 0);
  }
}

bool Room::Share::grow_to(Room& room, std::size_t bytes) {
  CHECK(room_ == nullptr || room_ == &room);
  if (bytes <= held_) {
    return true;
  }
  const std::size_t more = bytes - held_;
  for (std::size_t free = room.free_; free >= more;) {
    if (room.free_.compare_exchange_weak(free, free - more)) {
      room_ = &room;
      held_ = bytes;
      return true;
    }
  }
  return false;
}

void apply_forwarded(Request& request, const std::vector<Network>& trusted) {
  const auto is_trusted = [&](const Address& address) {
    return std::ranges::any_of(trusted,
                               [&](const Network& network) { return network.contains(address); });
  };
  if (request.peer.via != Via::network || !is_trusted(request.peer.address)) {
    return;
  }
  if (const auto scheme = request.headers.find("X-Forwarded-Proto")) {
    request.scheme = equal_without_case(trim(*scheme), "https") ? Scheme::https : Scheme::http;
  }
  std::vector<std::string_view> hops;
  for (const Field& field : request.headers.fields()) {
    if (equal_without_case(field.name, "X-Forwarded-For")) {
      std::ranges::copy(split(field.value, ','), std::back_inserter(hops));
    }
  }
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const auto address = Address::parse(trim(*hop));
    if (!address) {
      return;
    }
    request.peer.address = *address;
    if (!is_trusted(*address)) {
      return;
    }
  }
}

}  // namespace weir::http
