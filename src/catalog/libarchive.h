// What is used of libarchive, which is loaded with the first Input. Private to catalog.
//
// Thread rule: base/late.h.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "base/late.h"

namespace weir::catalog {

struct Libarchive : late::Table {
  using Table::Table;
  decltype(&archive_entry_filetype) entry_filetype = function("archive_entry_filetype");
  decltype(&archive_entry_pathname_utf8) entry_pathname_utf8 =
      function("archive_entry_pathname_utf8");
  decltype(&archive_error_string) error_string = function("archive_error_string");
  decltype(&archive_filter_bytes) filter_bytes = function("archive_filter_bytes");
  decltype(&archive_format) format = function("archive_format");
  decltype(&archive_read_data_block) read_data_block = function("archive_read_data_block");
  decltype(&archive_read_free) read_free = function("archive_read_free");
  decltype(&archive_read_new) read_new = function("archive_read_new");
  decltype(&archive_read_next_header) read_next_header = function("archive_read_next_header");
  decltype(&archive_read_open_fd) read_open_fd = function("archive_read_open_fd");
  decltype(&archive_read_open_filename) read_open_filename = function("archive_read_open_filename");
  decltype(&archive_read_open_memory) read_open_memory = function("archive_read_open_memory");
  decltype(&archive_read_support_filter_bzip2) read_support_filter_bzip2 =
      function("archive_read_support_filter_bzip2");
  decltype(&archive_read_support_filter_gzip) read_support_filter_gzip =
      function("archive_read_support_filter_gzip");
  decltype(&archive_read_support_filter_xz) read_support_filter_xz =
      function("archive_read_support_filter_xz");
  decltype(&archive_read_support_filter_zstd) read_support_filter_zstd =
      function("archive_read_support_filter_zstd");
  decltype(&archive_read_support_format_empty) read_support_format_empty =
      function("archive_read_support_format_empty");
  decltype(&archive_read_support_format_raw) read_support_format_raw =
      function("archive_read_support_format_raw");
  decltype(&archive_read_support_format_tar) read_support_format_tar =
      function("archive_read_support_format_tar");
  decltype(&archive_read_support_format_zip) read_support_format_zip =
      function("archive_read_support_format_zip");
};
inline constinit late::Library<Libarchive> libarchive(WEIR_LIBARCHIVE_FILE,
                                                      WEIR_LIBARCHIVE_PACKAGE);

}  // namespace weir::catalog
