// What becomes of an answer: composition, compression, events; who the client is; the OpenAPI
// document.
#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <zlib.h>

#include "http/clients.h"
#include "http/compose.h"
#include "http/compress.h"
#include "http/openapi.h"
#include "http/route.h"
#include "http/text.h"

namespace weir::http {
namespace {

/// What `packed` holds, by zlib's own reader.
std::string unpacked(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string plain(std::size_t{4} << 20, '\0');
  std::string copy = packed;
  stream.next_in = reinterpret_cast<unsigned char*>(copy.data());
  stream.avail_in = static_cast<unsigned>(copy.size());
  stream.next_out = reinterpret_cast<unsigned char*>(plain.data());
  stream.avail_out = static_cast<unsigned>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

std::string all_of(Pull& pieces) {
  std::string all;
  std::string piece;
  while (pieces(piece).value()) {
    all += piece;
  }
  return all;
}

Asked asked() {
  Asked asked;
  asked.after = Head::After::keep;
  asked.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  asked.id = "id";
  return asked;
}

// --- compression -----------------------------------------------------------------------------

TEST(Compress, ReadsBackWholeAndInPieces) {
  std::string text;
  for (int i = 0; i < 30'000; ++i) {
    text += "line " + std::to_string(i * 7919) + "\n";
  }
  EXPECT_EQ(unpacked(gzip(text)), text);
  EXPECT_EQ(unpacked(gzip(std::string_view())), "");
  std::size_t at = 0;
  Pull packed = gzip(Pull([&](std::string& piece) -> Result<bool> {
    piece = text.substr(at, 10'000);
    at += piece.size();
    return !piece.empty();
  }));
  EXPECT_EQ(unpacked(all_of(packed)), text);
  Pull broken =
      gzip(Pull([](std::string&) -> Result<bool> { return fail(Code::unavailable, "gone"); }));
  std::string piece;
  EXPECT_EQ(broken(piece).error().code, Code::unavailable);
}

TEST(Compress, IsForTextThatIsLongEnough) {
  EXPECT_TRUE(is_compressible("text/html; charset=utf-8", 1024));
  EXPECT_FALSE(is_compressible("text/html", 1023));
  EXPECT_TRUE(is_compressible("application/csaf+JSON", 1024));
  EXPECT_FALSE(is_compressible("application/zip", 1 << 20));
  EXPECT_FALSE(is_compressible("text/event-stream", 1 << 20));
  for (const char* yes : {"gzip", "br, gzip", "GZIP;q=0.1", "*", "identity;q=0, *;q=0.5"}) {
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  }
  for (const char* no : {"", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *"}) {
    EXPECT_FALSE(accepts_gzip(no)) << no;
  }
}

// --- composition -----------------------------------------------------------------------------

TEST(Compose, TheWholeHead) {
  Response response = text_response(200, "text/plain", "hi");
  response.etag = "e";
  const auto out = compose(asked(), std::move(response));
  EXPECT_EQ(out->head,
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/plain\r\n"
            "Accept-Ranges: bytes\r\n"
            "Content-Length: 2\r\n"
            "ETag: \"e\"\r\n"
            "Cache-Control: no-store\r\n"
            "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
            "form-action 'none'\r\n"
            "Cross-Origin-Resource-Policy: same-origin\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Referrer-Policy: no-referrer\r\n"
            "X-Request-Id: id\r\n"
            "\r\n");
  EXPECT_EQ(out->bytes, "hi");
  Asked secure = asked();
  secure.scheme = Scheme::https;
  EXPECT_TRUE(compose(secure, Response{})
                  ->head.contains("\r\nStrict-Transport-Security: max-age=31536000\r\n"));
}

TEST(Compose, AHandlerCannotSplitAnAnswer) {
  for (const auto& [name, value] :
       {std::pair("X", "a\r\nSet-Cookie: b"), std::pair("X\r\nY", "a"), std::pair("X", "a\nb"),
        std::pair("X Y", "a"), std::pair("", "a")}) {
    Response response = text_response(200, "text/plain", "hi");
    response.headers.add(name, value);
    const auto out = compose(asked(), std::move(response));
    EXPECT_EQ(out->status, 500);
    EXPECT_FALSE(out->head.contains("Set-Cookie"));
  }
  Response tagged;
  tagged.etag = "a\r\nb";
  EXPECT_EQ(compose(asked(), std::move(tagged))->status, 500);
  EXPECT_EQ(compose(asked(), see_other("/next"))->status, 303);
}

TEST(Compose, APartIsGivenForAStrongTagAlone) {
  for (const auto& [if_range, status] :
       {std::pair("", 206), std::pair("\"e\"", 206), std::pair("W/\"e\"", 200),
        std::pair("\"f\"", 200), std::pair("Fri, 27 Nov 2026 00:00:00 GMT", 200)}) {
    Response response = text_response(200, "text/plain", "abcdef");
    response.etag = "e";
    Asked how = asked();
    how.range = "bytes=0-1";
    how.if_range = if_range;
    EXPECT_EQ(compose(how, std::move(response))->status, status) << if_range;
  }
}

TEST(Compose, ConditionsRangesAndCompression) {
  const std::string text(3000, 'x');
  struct Row {
    const char* why;
    const char* if_none_match;
    const char* range;
    const char* accept;
    Caching caching;
    int status;
    std::size_t length;  // as the head says; 0: none
    const char* etag;
  };
  const std::size_t packed = gzip(text).size();
  const Row rows[] = {
      {"plain", "", "", "", Caching::revalidate, 200, 3000, "\"e\""},
      {"packed", "", "", "gzip", Caching::revalidate, 200, packed, "\"e-gzip\""},
      {"never what is no-store", "", "", "gzip", Caching::no_store, 200, 3000, "\"e\""},
      {"known", "\"e\"", "", "gzip", Caching::revalidate, 304, 0, "\"e\""},
      {"known as packed", "\"e-gzip\"", "", "gzip", Caching::revalidate, 304, 0, "\"e-gzip\""},
      {"known in another form", "\"e-gzip\"", "", "", Caching::immutable, 304, 0, "\"e-gzip\""},
      {"known, whatever it is", "*", "", "", Caching::revalidate, 304, 0, "\"e\""},
      {"another", "\"f\"", "", "", Caching::revalidate, 200, 3000, "\"e\""},
      {"a part is never packed", "", "bytes=0-1999", "gzip", Caching::immutable, 206, 2000,
       "\"e\""},
      {"known beats a range", "\"e\"", "bytes=0-9", "", Caching::immutable, 304, 0, "\"e\""},
  };
  for (const Row& row : rows) {
    for (const bool is_document : {false, true}) {
      Response response = is_document
                              ? document_response(make_document("text/plain", text), row.caching)
                              : text_response(200, "text/plain", text);
      response.caching = row.caching;
      response.etag = "e";
      Asked how = asked();
      how.if_none_match = row.if_none_match;
      how.range = row.range;
      how.accept_encoding = row.accept;
      const auto out = compose(how, std::move(response));
      EXPECT_EQ(out->status, row.status) << row.why;
      EXPECT_EQ(out->bytes.size(), row.length) << row.why;
      EXPECT_EQ(out->head.contains("Content-Length: " + std::to_string(row.length) + "\r\n"),
                row.length > 0)
          << row.why;
      EXPECT_TRUE(out->head.contains(std::string("ETag: ") + row.etag + "\r\n")) << row.why;
      EXPECT_EQ(out->head.contains("Vary: Accept-Encoding"),
                row.caching != Caching::no_store && row.status != 206)
          << row.why;
    }
  }
}

TEST(Compose, StreamsArePackedInPieces) {
  const auto lines = [] {
    Response response = text_response(200, "application/x-ndjson", "");
    response.caching = Caching::revalidate;
    response.body = Stream{[left = 500](std::string& piece) mutable -> Result<bool> {
      piece = "{\"a\":1}\n";
      return left-- > 0;
    }};
    return response;
  };
  Asked how = asked();
  const auto plain = compose(how, lines());
  EXPECT_EQ(plain->framing, Outgoing::Framing::chunked);
  how.accept_encoding = "gzip";
  const auto packed = compose(how, lines());
  EXPECT_EQ(unpacked(all_of(packed->pieces)), all_of(plain->pieces));
  how.version = Head::Version::http10;
  EXPECT_EQ(compose(how, lines())->framing, Outgoing::Framing::until_close);
}

TEST(Compose, AStoredFileInParts) {
  const std::string path = testing::TempDir() + "weir-http-stored";
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += std::to_string(i);
  }
  std::ofstream(path) << text;
  const auto ask = [&](std::string_view range) {
    Response response;
    response.body = stored_file(path).value();
    Asked how = asked();
    how.range = range;
    const auto out = compose(how, std::move(response));
    return all_of(out->pieces);
  };
  EXPECT_EQ(ask(""), text);
  EXPECT_EQ(ask("bytes=70000-"), text.substr(70000));
  EXPECT_EQ(ask("bytes=1-70000"), text.substr(1, 70000));
  EXPECT_EQ(stored_file(path + "-none").error().code, Code::not_found);
  EXPECT_EQ(stored_file(testing::TempDir()).error().code, Code::not_found) << "a folder is no file";
  auto stored = stored_file(path).value();
  std::ofstream(path, std::ios::trunc) << "short";
  EXPECT_EQ(stored.read(10'000, 10).error().code, Code::unavailable);
}

TEST(Compose, ChunksAndDates) {
  std::string out;
  append_chunk(out, "");
  EXPECT_EQ(out, "") << "an empty chunk would be the last";
  append_chunk(out, std::string(26, 'x'));
  EXPECT_EQ(out, "1a\r\n" + std::string(26, 'x') + "\r\n");
  EXPECT_EQ(imf_fixdate(Instant{784111777000}),
            "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110, 5.6.7
  EXPECT_EQ(imf_fixdate(Instant{1709164799999}), "Wed, 28 Feb 2024 23:59:59 GMT");
  EXPECT_EQ(imf_fixdate(Instant{1709164800000}), "Thu, 29 Feb 2024 00:00:00 GMT");
}

// --- events ----------------------------------------------------------------------------------

TEST(Events, EveryLineIsData) {
  EXPECT_EQ(encode({"", "a"}), "data: a\n\n");
  EXPECT_EQ(encode({"n", "a\nb\r\nc\rd", "5"}),
            "id: 5\nevent: n\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(encode({"n\ndata: x", "", "1\r\n\r\n2"}), "id: 12\nevent: ndata: x\ndata: \n\n");
}

TEST(Events, AStreamEndsOnceAndForEver) {
  EventStream stream;
  int woken = 0;
  stream.on_change([&] { ++woken; });
  EXPECT_EQ(stream.send({"", "a"}), EventStream::State::open);
  stream.end();
  EXPECT_EQ(stream.send({"", "b"}), EventStream::State::ended);
  const auto taken = stream.take();
  EXPECT_EQ(taken.bytes, "data: a\n\n") << "what was sent before still goes out";
  EXPECT_EQ(taken.state, EventStream::State::ended);
  EXPECT_GE(woken, 2);
  stream.abandon();
  woken = 0;
  stream.end();
  EXPECT_EQ(woken, 0) << "nobody listens any more";
}

TEST(Events, WhoDoesNotReadLosesTheStreamAndNotAnEvent) {
  EventStream stream;
  const Event event{"",
                    std::string(kMostEventBytesWaiting - std::string("data: \n\n").size(), 'x')};
  EXPECT_EQ(stream.send(event), EventStream::State::open);
  EXPECT_EQ(stream.send({"", ""}), EventStream::State::ended);
  EXPECT_EQ(stream.take().bytes, "") << "the client comes back and asks anew";
  EXPECT_EQ(stream.state(), EventStream::State::ended);
}

// --- clients ---------------------------------------------------------------------------------

TEST(Address, TextBothWays) {
  for (const char* text : {"192.0.2.1", "2001:db8::1", "::", "::1"}) {
    EXPECT_EQ(Address::parse(text)->text(), text);
  }
  EXPECT_EQ(Address::parse("::ffff:192.0.2.1")->text(), "192.0.2.1");
  EXPECT_TRUE(Address::parse("192.0.2.1")->is_ipv4());
  EXPECT_FALSE(Address::parse("::1")->is_ipv4());
  for (const char* bad : {"", "192.0.2", "192.0.2.256", "192.0.2.01", "[::1]", "fe80::1%eth0",
                          "localhost", "192.0.2.1:80"}) {
    EXPECT_FALSE(Address::parse(bad)) << bad;
  }
  EXPECT_FALSE(Address::parse(std::string_view("::1\0x", 5)));
}

TEST(Network, ContainsItsAddresses) {
  const auto contains = [](const char* network, const char* address) {
    return Network::parse(network)->contains(*Address::parse(address));
  };
  EXPECT_TRUE(contains("192.0.2.0/24", "192.0.2.255"));
  EXPECT_FALSE(contains("192.0.2.0/24", "192.0.3.0"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1")) << "IPv4 only";
  EXPECT_TRUE(contains("::/0", "::1"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::"));
  EXPECT_TRUE(contains("192.0.2.7", "192.0.2.7"));
  EXPECT_EQ(Network::parse("192.0.2.0/24")->text(), "192.0.2.0/24");
  for (const char* bad : {"192.0.2.1/24", "192.0.2.0/33", "::/129", "192.0.2.0/", "192.0.2.0/-1",
                          "/8", "2001:db8::1/64"}) {
    EXPECT_FALSE(Network::parse(bad)) << bad;
  }
  EXPECT_EQ(client_network(*Address::parse("192.0.2.7")).text(), "192.0.2.7/32");
  EXPECT_EQ(client_network(*Address::parse("2001:db8:1:2ff::7")).text(), "2001:db8:1:200::/56");
}

TEST(Clients, CountEachKindForEachNetwork) {
  Clients clients({.connections = 2, .requests = 1, .streams = 1});
  const Address a = *Address::parse("2001:db8::1");
  const Address neighbour = *Address::parse("2001:db8:0:1::1");
  const Address b = *Address::parse("192.0.2.1");
  auto first = clients.enter(a, Clients::What::connection);
  auto second = clients.enter(neighbour, Clients::What::connection);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(clients.enter(a, Clients::What::connection)) << "the same subscriber";
  EXPECT_TRUE(clients.enter(b, Clients::What::connection));
  auto request = clients.enter(a, Clients::What::request);
  EXPECT_TRUE(request);
  EXPECT_FALSE(clients.enter(a, Clients::What::request));
  EXPECT_TRUE(clients.enter(a, Clients::What::stream));
  request.reset();
  EXPECT_TRUE(clients.enter(a, Clients::What::request));
  EXPECT_EQ(clients.networks(), 1u) << "b is gone";
  first.reset();
  second.reset();
  EXPECT_EQ(clients.networks(), 0u);
}

TEST(Clients, LargeBodiesMayTakeAllTheRoomThereIsAndNoMore) {
  Room room(10);
  Room::Share one;
  Room::Share other;
  EXPECT_TRUE(one.grow_to(room, 4));
  EXPECT_FALSE(other.grow_to(room, 7));
  EXPECT_EQ(room.held(), 4u) << "what was refused holds nothing";
  EXPECT_TRUE(other.grow_to(room, 6));
  EXPECT_FALSE(one.grow_to(room, 5));
  EXPECT_TRUE(one.grow_to(room, 3)) << "it has that already";
  other.give_back();
  EXPECT_TRUE(one.grow_to(room, 10));
}

TEST(Clients, OnlyATrustedProxyNamesTheClient) {
  const std::vector<Network> trusted = {*Network::parse("10.0.0.0/8"), *Network::parse("::1")};
  struct Row {
    const char* from;
    const char* forwarded;
    const char* client;
  };
  const Row rows[] = {
      {"203.0.113.1", "192.0.2.1", "203.0.113.1"},  // says so itself
      {"10.0.0.1", "192.0.2.1", "192.0.2.1"},
      {"10.0.0.1", "", "10.0.0.1"},
      {"10.0.0.1", "198.51.100.1, 192.0.2.1", "192.0.2.1"},  // the first is what the client wrote
      {"10.0.0.1", "192.0.2.1, 10.0.0.2", "192.0.2.1"},
      {"10.0.0.1", "192.0.2.1, junk", "10.0.0.1"},
      {"10.0.0.1", "192.0.2.1, junk, 10.0.0.2", "10.0.0.2"},
      {"10.0.0.1", "2001:db8::1", "2001:db8::1"},
      {"::1", "192.0.2.1", "192.0.2.1"},
  };
  for (const Row& row : rows) {
    Request request;
    request.peer.address = *Address::parse(row.from);
    if (*row.forwarded != '\0') {
      request.headers.add("X-Forwarded-For", row.forwarded);
    }
    request.headers.add("X-Forwarded-Proto", "https");
    apply_forwarded(request, trusted);
    EXPECT_EQ(request.peer.address.text(), row.client) << row.forwarded;
    EXPECT_EQ(request.scheme == Scheme::https, std::string_view(row.from) != "203.0.113.1");
  }
  Request two_fields;
  two_fields.peer.address = *Address::parse("10.0.0.1");
  two_fields.headers.add("X-Forwarded-For", "198.51.100.1");
  two_fields.headers.add("x-forwarded-for", "192.0.2.1");
  apply_forwarded(two_fields, trusted);
  EXPECT_EQ(two_fields.peer.address.text(), "192.0.2.1");
}

// --- OpenAPI ---------------------------------------------------------------------------------

TEST(OpenApi, SaysWhatTheTableSays) {
  const Handler handler = [](Request&) { return Response{}; };
  const std::vector<Route> routes = {
      {.method = Method::get,
       .pattern = "/api/v1/cases/{case}",
       .access = "signed_in",
       .handler = handler,
       .operation = "show_case",
       .summary = "One case",
       .tag = "cases",
       .parameters = {{.in = In::query, .name = "after", .description = "cursor"}},
       .answers = {{200, "the case", "application/json", {{"type", "object"}}}}},
      {.method = Method::post,
       .pattern = "/api/v1/cases/{case}",
       .access = "coordinator",
       .handler = handler,
       .body = BodyKind::whole,
       .most_body_bytes = 10,
       .operation = "claim_case"},
      {.method = Method::get,
       .pattern = "/log/tile/{path*}",
       .access = "anyone",
       .handler = handler,
       .operation = "tile"},
      {.method = Method::get,
       .pattern = "/api/v1/unlisted",
       .access = "anyone",
       .handler = handler},
  };
  ApiInfo info{.title = "Weir", .version = "1"};
  info.security_by_access["signed_in"] = json::Array{json::Object{{"token", json::Array{}}}};
  const json::Value document = openapi(routes, info, "/api/");
  EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
  EXPECT_EQ(document.at("info").at("title").as_string(), "Weir");
  ASSERT_EQ(document.at("paths").as_object().size(), 1u) << "under the prefix, with an operation";
  const auto& path = document.at("paths").at("/api/v1/cases/{case}");
  const auto& get = path.at("get");
  EXPECT_EQ(get.at("operationId").as_string(), "show_case");
  EXPECT_EQ(get.at("x-weir-access").as_string(), "signed_in");
  EXPECT_EQ(get.at("security").as_array().size(), 1u);
  ASSERT_EQ(get.at("parameters").as_array().size(), 2u);
  EXPECT_EQ(get.at("parameters").at(0).at("name").as_string(), "case");
  EXPECT_TRUE(get.at("parameters").at(0).at("required").as_bool());
  EXPECT_FALSE(get.at("parameters").at(1).at("required").as_bool());
  EXPECT_FALSE(get.as_object().contains("requestBody"));
  EXPECT_EQ(get.at("responses")
                .at("200")
                .at("content")
                .at("application/json")
                .at("schema")
                .at("type")
                .as_string(),
            "object");
  EXPECT_TRUE(get.at("responses").as_object().contains("503"));
  EXPECT_FALSE(get.at("responses").as_object().contains("413"));
  const auto& post = path.at("post");
  EXPECT_EQ(post.at("x-weir-most-bytes").as_uint64(), 10u);
  EXPECT_TRUE(post.at("requestBody").at("content").as_object().contains("application/json"));
  EXPECT_TRUE(post.at("responses")
                  .at("413")
                  .at("content")
                  .as_object()
                  .contains("application/problem+json"));
  EXPECT_TRUE(document.at("components").at("schemas").as_object().contains("Problem"));
  EXPECT_TRUE(openapi(routes, info).at("paths").as_object().contains("/log/tile/{path}"));
  std::vector<Route> twice = {routes[0], routes[0]};
  twice[1].method = Method::put;
  EXPECT_DEATH(openapi(twice, info), "operations");
}

}  // namespace
}  // namespace weir::http
