// The stored form: a count, the end of each part, then the parts. Numbers are 7 bits a byte, the
// least first; a text is its length and its bytes.
#include "advisory/advisory.h"

namespace weir::advisory {
namespace {

constexpr int kMostNumberBytes = 5;

void put(std::string& out, std::size_t number) {
  CHECK(number <= 0xffff'ffff);
  while (number >= 0x80) {
    out += static_cast<char>((number & 0x7f) | 0x80);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

void put(std::string& out, std::string_view text) {
  put(out, text.size());
  out += text;
}

void put(std::string& out, const std::vector<std::string>& list) {
  put(out, list.size());
  for (const std::string& text : list) {
    put(out, std::string_view(text));
  }
}

void put(std::string& out, const Range& range) {
  put(out, static_cast<std::size_t>(range.kind));
  put(out, static_cast<std::size_t>(range.standing));
  put(out, std::string_view(range.scheme));
  put(out, std::string_view(range.text));
  put(out, range.events.size());
  for (const Event& event : range.events) {
    put(out, static_cast<std::size_t>(event.bound));
    put(out, std::string_view(event.version));
  }
}

void put(std::string& out, const Affected& one) {
  for (const std::string* text : {&one.vulnerability, &one.ecosystem, &one.package, &one.collection,
                                  &one.vendor, &one.product, &one.purl}) {
    put(out, std::string_view(*text));
  }
  put(out, one.cpes);
  put(out, static_cast<std::size_t>(one.standing));
  put(out, static_cast<std::size_t>(one.others));
  put(out, one.configuration);
  put(out, one.platforms);
  put(out, one.ranges.size());
  for (const Range& range : one.ranges) {
    put(out, range);
  }
  put(out, one.versions);
}

std::unexpected<Error> broken() {
  return fail(Code::corrupt, "what is stored of the affected products cannot be read");
}

/// Takes from the front of `rest`.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : rest_(bytes) {}
  bool is_done() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

  Result<std::size_t> number() {
    std::size_t value = 0;
    for (int i = 0; i < kMostNumberBytes && !rest_.empty(); ++i) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::size_t>(byte & 0x7f) << (7 * i);
      if ((byte & 0x80) == 0) {
        // No longer form of a smaller number, and none beyond 32 bits.
        const bool is_shortest = i == 0 || byte != 0;
        return is_shortest && value <= 0xffff'ffff ? Result<std::size_t>(value) : broken();
      }
    }
    return broken();
  }

  Result<std::string_view> bytes(std::size_t size) {
    if (size > rest_.size()) {
      return broken();
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  Status text(std::string& into) {
    const std::size_t size = TRY(number());
    into = TRY(bytes(size));
    return {};
  }

  /// How many things follow; each takes a byte at least.
  Result<std::size_t> count() {
    const std::size_t value = TRY(number());
    return value <= rest_.size() ? Result<std::size_t>(value) : broken();
  }

  Status texts(std::vector<std::string>& into) {
    into.resize(TRY(count()));
    for (std::string& text_of : into) {
      TRY(text(text_of));
    }
    return {};
  }

  template <class E>
  Status choice(E& into, E last) {
    const std::size_t value = TRY(number());
    if (value > static_cast<std::size_t>(last)) {
      return broken();
    }
    into = static_cast<E>(value);
    return {};
  }

 private:
  std::string_view rest_;
};

Result<Range> take_range(Taker& taker) {
  Range range;
  TRY(taker.choice(range.kind, RangeKind::prose));
  TRY(taker.choice(range.standing, Standing::investigation));
  TRY(taker.text(range.scheme));
  TRY(taker.text(range.text));
  range.events.resize(TRY(taker.count()));
  for (Event& event : range.events) {
    TRY(taker.choice(event.bound, Bound::turns_unknown));
    TRY(taker.text(event.version));
  }
  return range;
}

Result<Affected> take_affected(std::string_view bytes) {
  Taker taker(bytes);
  Affected one;
  for (std::string* text : {&one.vulnerability, &one.ecosystem, &one.package, &one.collection,
                            &one.vendor, &one.product, &one.purl}) {
    TRY(taker.text(*text));
  }
  TRY(taker.texts(one.cpes));
  TRY(taker.choice(one.standing, Standing::investigation));
  TRY(taker.choice(one.others, Standing::investigation));
  one.configuration = static_cast<std::uint32_t>(TRY(taker.number()));
  TRY(taker.texts(one.platforms));
  const std::size_t ranges = TRY(taker.count());
  for (std::size_t i = 0; i < ranges; ++i) {
    one.ranges.push_back(TRY(take_range(taker)));
  }
  TRY(taker.texts(one.versions));
  return taker.is_done() ? Result<Affected>(std::move(one)) : broken();
}

/// The parts as bytes. The table of ends comes first, so that one can be found at once.
Result<std::vector<std::string_view>> parts_of(std::string_view bytes) {
  Taker taker(bytes);
  std::vector<std::size_t> sizes(TRY(taker.count()));
  for (std::size_t& size : sizes) {
    size = TRY(taker.number());
  }
  std::vector<std::string_view> parts;
  parts.reserve(sizes.size());
  for (const std::size_t size : sizes) {
    parts.push_back(TRY(taker.bytes(size)));
  }
  return taker.is_done() ? Result<std::vector<std::string_view>>(std::move(parts)) : broken();
}

}  // namespace

std::string encode(const std::vector<Affected>& affected) {
  std::string sizes;
  std::string bodies;
  put(sizes, affected.size());
  for (const Affected& one : affected) {
    const std::size_t start = bodies.size();
    put(bodies, one);
    put(sizes, bodies.size() - start);
  }
  return sizes + bodies;
}

Result<std::vector<Affected>> decode(std::string_view bytes) {
  std::vector<Affected> all;
  for (const std::string_view part : TRY(parts_of(bytes))) {
    all.push_back(TRY(take_affected(part)));
  }
  return all;
}

Result<Affected> decode_part(std::string_view bytes, std::size_t part) {
  const std::vector<std::string_view> parts = TRY(parts_of(bytes));
  return part < parts.size() ? take_affected(parts[part]) : broken();
}

}  // namespace weir::advisory
