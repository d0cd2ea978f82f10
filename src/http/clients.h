// What clients have open, counted per network, so that one cannot take what is there for all. And
// who the client is, behind a proxy. Not for other folders.
//
// Thread rule: Clients and Room from any thread; a Ticket or Share belongs to whoever entered.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/guarded.h"
#include "http/http.h"

namespace weir::http {

class Clients {
 public:
  enum class What { connection, request, stream };

  struct Most {
    std::size_t connections = 0;
    std::size_t requests = 0;
    std::size_t streams = 0;
  };

  /// Counts as long as it lives.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket();

   private:
    friend class Clients;
    Ticket(Clients& clients, const Network& network, What what)
        : clients_(&clients), network_(network), what_(what) {}
    Clients* clients_;
    Network network_;
    What what_;
  };

  explicit Clients(const Most& most) : most_(most) {}

  /// Nothing if the client has as many as it may. Must outlive its tickets.
  std::optional<Ticket> enter(const Address& address, What what);
  /// Networks that have something open.
  std::size_t networks() const;

 private:
  struct Counts {
    std::size_t connections = 0;
    std::size_t requests = 0;
    std::size_t streams = 0;
  };
  static std::size_t& of(Counts& counts, What what);
  static void erase_if_empty(std::map<Network, Counts>& counts, const Network& network);
  void leave(const Network& network, What what);

  const Most most_;
  Guarded<std::map<Network, Counts>> counts_;
};

/// A number of bytes that all large bodies share.
class Room {
 public:
  explicit Room(std::size_t bytes) : all_(bytes), free_(bytes) {}
  std::size_t held() const { return all_ - free_; }

  /// What one of them holds, given back at its end.
  class Share {
   public:
    Share() = default;
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    /// Holds `bytes` in all from now on; false, and nothing changes, if there is no room for them.
    [[nodiscard]] bool grow_to(Room& room, std::size_t bytes);
    void give_back();

   private:
    Room* room_ = nullptr;
    std::size_t held_ = 0;
  };

 private:
  const std::size_t all_;
  std::atomic<std::size_t> free_;
};

/// Puts the client that a trusted proxy names into request.peer and request.scheme: going back
/// through X-Forwarded-For, the first address that is not itself a trusted proxy. Where the list
/// ends, or stops being addresses, the last trusted one counts as the client.
void apply_forwarded(Request& request, const std::vector<Network>& trusted);

}  // namespace weir::http
