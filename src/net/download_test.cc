// Files from servers that redirect, break off, change their mind, or do not answer.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>

#include "base/bytes.h"
#include "net/net.h"
#include "net/net_test.h"

namespace weir::net {
namespace {

namespace fs = std::filesystem;

class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest()
      : folder_(fs::temp_directory_path() / ("weir-download-" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~DownloadTest() override { fs::remove_all(folder_); }
  std::string path() const { return (folder_ / "file").string(); }
  std::string bytes() const {
    std::ifstream file(path(), std::ios::binary);
    std::ostringstream out;
    out << file.rdbuf();
    return out.str();
  }
  Result<Downloaded> load(const std::string& url, const Stamp& known = {}) const {
    return download({.url = url, .path = path(), .known = known});
  }

  fs::path folder_;
};

std::string field(const std::string& request, const std::string& name) {
  const std::size_t at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) {
    return "";
  }
  const std::size_t start = at + name.size() + 4;
  return request.substr(start, request.find('\r', start) - start);
}

const std::string kText = "0123456789abcdefghij";

/// As one that keeps a file with a tag: parts if asked for, and after `most` bytes of each answer
/// the line breaks.
Server::Answering breaking(std::string text, std::string tag, std::size_t most) {
  return [text, tag, most](const std::string& request) {
    const std::string range = field(request, "Range");
    std::size_t from = 0;
    if (!range.empty() && field(request, "If-Range") == tag) {
      from = parse_decimal(range.substr(6, range.size() - 7)).value_or(0);  // "bytes=7-"
    }
    if (from >= text.size()) {
      return answer("416 Range", "Content-Range: bytes */" + std::to_string(text.size()) + "\r\n",
                    "");
    }
    const std::string rest = text.substr(from);
    const std::string head =
        "ETag: " + tag + "\r\nContent-Length: " + std::to_string(rest.size()) + "\r\n";
    return from == 0 ? answer("200 OK", head, rest.substr(0, most))
                     : answer("206 Part",
                              head + "Content-Range: bytes " + std::to_string(from) + "-" +
                                  std::to_string(text.size() - 1) + "/" +
                                  std::to_string(text.size()) + "\r\n",
                              rest.substr(0, most));
  };
}

TEST_F(DownloadTest, FollowsRedirectsAndKeepsTheStampOfTheLastAnswer) {
  Server target(answer("200 OK", "ETag: \"a\"\r\nLast-Modified: Tue\r\n", kText));
  Server middle(answer("302 Found", "ETag: \"not\"\r\nLocation: " + target.url("/x") + "\r\n",
                       "moved, says this body"));
  Server first(answer("301 Moved", "Location: " + middle.url() + "\r\n", ""));
  const auto got = load(first.url());
  ASSERT_TRUE(got) << text(got.error());
  EXPECT_FALSE(got->is_unchanged);
  EXPECT_EQ(got->stamp, (Stamp{"\"a\"", "Tue"}));
  EXPECT_EQ(bytes(), kText);
}

TEST_F(DownloadTest, FollowsNoCircleAndNothingButHttp) {
  std::string to;
  Server circle(
      [&](const std::string&) { return answer("302 Found", "Location: " + to + "\r\n", ""); });
  to = circle.url();
  const auto round = load(circle.url());
  ASSERT_FALSE(round);
  EXPECT_EQ(round.error().message, "the server redirects more than 5 times");
  EXPECT_EQ(circle.requests(), 6);
  for (const char* other : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"}) {
    to = other;
    EXPECT_FALSE(load(circle.url())) << other;
  }
}

TEST_F(DownloadTest, GoesOnWhereTheLineBroke) {
  Server server(breaking(kText, "\"a\"", 6));
  const auto got = load(server.url());
  ASSERT_TRUE(got) << text(got.error());
  EXPECT_EQ(bytes(), kText);
  EXPECT_EQ(server.requests(), 4);  // 6, 6, 6 and 2 bytes
  EXPECT_EQ(got->stamp.etag, "\"a\"");
}

TEST_F(DownloadTest, GoesOnInALaterCallUnlessTheFileIsAnother) {
  const auto broken = [&](const std::string& tag) {
    std::ofstream(path()) << kText.substr(0, 7);
    std::ofstream(path() + ".from") << tag << "\n\n";
  };
  Server server(breaking(kText, "\"a\"", 100));
  broken("\"a\"");
  ASSERT_TRUE(load(server.url()));
  EXPECT_EQ(field(server.request(), "Range"), "bytes=7-");
  EXPECT_EQ(bytes(), kText);
  ASSERT_TRUE(load(server.url()));  // all of it is there
  EXPECT_EQ(bytes(), kText);
  Server changed(breaking("another text", "\"b\"", 100));
  broken("\"a\"");
  ASSERT_TRUE(load(changed.url()));
  EXPECT_EQ(bytes(), "another text");
  for (const char* tag : {"", "W/\"a\""}) {  // by which no server can tell
    broken(tag);
    ASSERT_TRUE(load(server.url()));
    EXPECT_EQ(field(server.request(), "Range"), "");
    EXPECT_EQ(bytes(), kText);
  }
}

TEST_F(DownloadTest, AServerThatCannotGoOnIsNotAskedForEver) {
  Server server(answer("200 OK", "Content-Length: 100\r\n", kText));
  const auto got = load(server.url());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::unavailable);
  EXPECT_NE(got.error().message.find("20 bytes have come"), std::string::npos)
      << got.error().message;
  EXPECT_EQ(server.requests(), 2);
}

TEST_F(DownloadTest, WhatHasNotChangedIsNotLoaded) {
  Server server(answer("304 Not Modified", "ETag: \"a\"\r\n", ""));
  const auto got = load(server.url(), {"\"a\"", "Tue"});
  ASSERT_TRUE(got) << text(got.error());
  EXPECT_TRUE(got->is_unchanged);
  EXPECT_EQ(field(server.request(), "If-None-Match"), "\"a\"");
  EXPECT_EQ(field(server.request(), "If-Modified-Since"), "Tue");
  EXPECT_FALSE(fs::exists(path()));
  EXPECT_EQ(load(server.url(), {"a\r\nX: 1", ""}).error().code, Code::invalid);
}

TEST_F(DownloadTest, AnErrorIsNoFile) {
  for (const char* status : {"304 Same", "403 No", "404 Not Found", "416 No", "503 Later"}) {
    Server server(answer(status, "", "<html>sorry</html>"));
    const auto got = load(server.url());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().message, "the server answers " + std::string(status, 3));
    EXPECT_EQ(bytes(), "");
  }
  Server empty(answer("200 OK", "Content-Length: 0\r\n", ""));
  EXPECT_TRUE(load(empty.url()));
  EXPECT_EQ(bytes(), "");
}

TEST_F(DownloadTest, EndsAtTheLimit) {
  Server server(answer("200 OK", "", kText));
  EXPECT_TRUE(download({.url = server.url(), .path = path(), .limits = {.bytes = 20}}));
  const auto got = download({.url = server.url(), .path = path(), .limits = {.bytes = 19}});
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().message.find("larger"), std::string::npos);
}

TEST_F(DownloadTest, APartThatWasNotAskedForIsRefused) {
  std::ofstream(path()) << "0123456";
  std::ofstream(path() + ".from") << "\"a\"\n\n";
  Server server(answer("206 Part", "Content-Range: bytes 9-19/20\r\n", "9abcdefghij"));
  const auto got = load(server.url());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message, "the server sends another part than was asked for");
}

TEST_F(DownloadTest, TwoAtOnceDoNotWriteIntoOneFile) {
  const int held = ::open(path().c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  EXPECT_EQ(load("http://127.0.0.1:1/").error().code, Code::conflict);
  ::close(held);
}

TEST_F(DownloadTest, TellsHowFarItIs) {
  Server server(breaking(kText, "\"a\"", 6));
  std::uint64_t last = 0;
  std::uint64_t total = 0;
  ASSERT_TRUE(download(
      {.url = server.url(), .path = path(), .progress = [&](std::uint64_t done, std::uint64_t all) {
         EXPECT_GE(done, last);
         last = done;
         total = all;
       }}));
  EXPECT_EQ(last, kText.size());
  EXPECT_EQ(total, kText.size());
  discard_download(path());
  EXPECT_FALSE(fs::exists(path()));
  EXPECT_FALSE(fs::exists(path() + ".from"));
}

}  // namespace
}  // namespace weir::net
