// Sheets, read back by another program (pdftotext and pdfinfo of poppler-utils, where they are).
#include "print/print.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "print/libpango.h"

namespace weir::print {
namespace {

Sheet sheet(std::vector<Block> blocks) {
  return {"Early warning", "filing abc", Instant{1'798'000'000'000}, std::move(blocks)};
}

bool has_poppler() {
  return std::system("pdftotext -v >/dev/null 2>&1") == 0;  // NOLINT: a test
}

/// What `program` says of the file.
std::string said_by(const std::string& program, const std::string& bytes) {
  std::string name = (std::filesystem::temp_directory_path() / "weir-print-XXXXXX").string();
  const int file = mkstemp(name.data());
  EXPECT_GE(file, 0);
  close(file);
  std::ofstream(name, std::ios::binary) << bytes;
  const std::string line =
      program + " " + name + (program == "pdfinfo" ? "" : " -") + " > " + name + ".txt 2>/dev/null";
  EXPECT_EQ(std::system(line.c_str()), 0) << line;  // NOLINT: a test
  std::ifstream text(name + ".txt");
  std::string out((std::istreambuf_iterator<char>(text)), std::istreambuf_iterator<char>());
  std::filesystem::remove(name);
  std::filesystem::remove(name + ".txt");
  return out;
}

TEST(Print, TextStaysTextOfAnyScriptThatAFontHas) {
  const auto made = pdf(sheet({{Block::Kind::title, "Frühwarnung"},
                               {Block::Kind::heading, "Nature"},
                               {Block::Kind::text, "a\tline\nПредупреждение προειδοποίηση"},
                               {Block::Kind::note, "withheld: none"}}));
  ASSERT_TRUE(made) << text(made.error());
  EXPECT_TRUE(made->starts_with("%PDF-"));
  if (!has_poppler()) {
    GTEST_SKIP() << "pdftotext (poppler-utils) is not installed";
  }
  const std::string read = said_by("pdftotext", *made);
  for (const char* words : {"Frühwarnung", "Nature", "Предупреждение", "προειδοποίηση",
                            "withheld: none", "filing abc · 1 / 1"}) {
    EXPECT_TRUE(read.contains(words)) << words << " in " << read;
  }
  const std::string info = said_by("pdfinfo", *made);
  EXPECT_TRUE(info.contains("Early warning")) << info;
  EXPECT_TRUE(info.contains("595.28 x 841.89") || info.contains("595.276 x 841.89")) << info;
}

TEST(Print, PagesAreNumberedAndLimited) {
  std::string lines;
  for (int i = 1; i <= 200; ++i) {
    lines += "line number " + std::to_string(i) + "\n";
  }
  const auto made = pdf(sheet({{Block::Kind::text, lines}}));
  ASSERT_TRUE(made) << text(made.error());
  if (has_poppler()) {
    const std::string read = said_by("pdftotext", *made);
    for (const char* words : {"line number 1\n", "line number 200\n", "1 / 4", "4 / 4"}) {
      EXPECT_TRUE(read.contains(words)) << words << " in " << read;
    }
    EXPECT_FALSE(read.contains("5 /"));
  }
  const auto many = pdf(sheet({{Block::Kind::text, std::string(20'000, '\n')}}));
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, Code::invalid);
  const auto large = pdf(sheet({{Block::Kind::text, std::string(kMaxSheetBytes, 'x')}}));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Code::invalid);
}

TEST(Print, ALongWordBreaksAndAnEmptySheetIsAPage) {
  EXPECT_TRUE(pdf(sheet({{Block::Kind::text, std::string(5'000, 'w')}})));
  const auto empty = pdf(sheet({}));
  ASSERT_TRUE(empty);
  if (has_poppler()) {
    EXPECT_TRUE(said_by("pdftotext", *empty).contains("1 / 1"));
  }
}

TEST(Print, WhatNoFontHasIsAnErrorAndNeverABox) {
  const auto made = pdf(sheet({{Block::Kind::text, "\xf3\xb0\x80\x80 of a private area"}}));
  ASSERT_FALSE(made) << "a character that no font has was printed as something else";
  EXPECT_EQ(made.error().code, Code::unavailable);
  EXPECT_TRUE(made.error().message.contains("fonts-noto-cjk"));
  const auto broken = pdf(sheet({{Block::Kind::text, "\xff"}}));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::invalid);
  EXPECT_FALSE(pdf(sheet({{Block::Kind::text, std::string("a\0b", 3)}})));
}

/// Printed where a font has it, refused where none does: never lost.
TEST(Print, ChineseIsPrintedOrRefused) {
  const std::string chinese = "网络产品安全漏洞";
  const auto made = pdf(sheet({{Block::Kind::text, chinese}}));
  if (!made) {
    EXPECT_EQ(made.error().code, Code::unavailable);
    GTEST_SKIP() << "no font here has Chinese (fonts-noto-cjk)";
  }
  if (has_poppler()) {
    EXPECT_TRUE(said_by("pdftotext", *made).contains(chinese));
  }
}

TEST(Print, LoadsItsLibrariesWithTheFirstSheet) {
  EXPECT_FALSE(pdf(sheet({{Block::Kind::text, std::string("no\0text", 7)}})));
  ASSERT_TRUE(pdf(sheet({})));
  EXPECT_TRUE(libcairo.is_loaded());
  EXPECT_TRUE(libpango.is_loaded());
}

TEST(Print, TheSameSheetIsTheSameBytes) {
  const Sheet one = sheet({{Block::Kind::text, "the same"}});
  EXPECT_EQ(*pdf(one), *pdf(one));
}

}  // namespace
}  // namespace weir::print
