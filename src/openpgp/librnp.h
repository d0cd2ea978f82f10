// What is used of RNP, which is loaded with the first key. Private to openpgp.
//
// Thread rule: base/late.h.
#pragma once

#include <rnp/rnp.h>

#include "base/late.h"

namespace weir::openpgp {

struct Librnp : late::Table {
  using Table::Table;
  decltype(&rnp_buffer_destroy) buffer_destroy = function("rnp_buffer_destroy");
  decltype(&rnp_enarmor) enarmor = function("rnp_enarmor");
  decltype(&rnp_ffi_create) ffi_create = function("rnp_ffi_create");
  decltype(&rnp_ffi_destroy) ffi_destroy = function("rnp_ffi_destroy");
  decltype(&rnp_identifier_iterator_create) identifier_iterator_create =
      function("rnp_identifier_iterator_create");
  decltype(&rnp_identifier_iterator_destroy) identifier_iterator_destroy =
      function("rnp_identifier_iterator_destroy");
  decltype(&rnp_identifier_iterator_next) identifier_iterator_next =
      function("rnp_identifier_iterator_next");
  decltype(&rnp_import_keys) import_keys = function("rnp_import_keys");
  decltype(&rnp_input_destroy) input_destroy = function("rnp_input_destroy");
  decltype(&rnp_input_from_memory) input_from_memory = function("rnp_input_from_memory");
  decltype(&rnp_key_export) key_export = function("rnp_key_export");
  decltype(&rnp_key_get_alg) key_get_alg = function("rnp_key_get_alg");
  decltype(&rnp_key_get_bits) key_get_bits = function("rnp_key_get_bits");
  decltype(&rnp_key_get_default_key) key_get_default_key = function("rnp_key_get_default_key");
  decltype(&rnp_key_get_fprint) key_get_fprint = function("rnp_key_get_fprint");
  decltype(&rnp_key_handle_destroy) key_handle_destroy = function("rnp_key_handle_destroy");
  decltype(&rnp_key_have_secret) key_have_secret = function("rnp_key_have_secret");
  decltype(&rnp_key_is_primary) key_is_primary = function("rnp_key_is_primary");
  decltype(&rnp_key_is_revoked) key_is_revoked = function("rnp_key_is_revoked");
  decltype(&rnp_key_is_valid) key_is_valid = function("rnp_key_is_valid");
  decltype(&rnp_key_valid_till64) key_valid_till64 = function("rnp_key_valid_till64");
  decltype(&rnp_locate_key) locate_key = function("rnp_locate_key");
  decltype(&rnp_op_encrypt_add_recipient) op_encrypt_add_recipient =
      function("rnp_op_encrypt_add_recipient");
  decltype(&rnp_op_encrypt_create) op_encrypt_create = function("rnp_op_encrypt_create");
  decltype(&rnp_op_encrypt_destroy) op_encrypt_destroy = function("rnp_op_encrypt_destroy");
  decltype(&rnp_op_encrypt_execute) op_encrypt_execute = function("rnp_op_encrypt_execute");
  decltype(&rnp_op_encrypt_set_armor) op_encrypt_set_armor = function("rnp_op_encrypt_set_armor");
  decltype(&rnp_op_encrypt_set_cipher) op_encrypt_set_cipher =
      function("rnp_op_encrypt_set_cipher");
  decltype(&rnp_output_destroy) output_destroy = function("rnp_output_destroy");
  decltype(&rnp_output_memory_get_buf) output_memory_get_buf =
      function("rnp_output_memory_get_buf");
  decltype(&rnp_output_to_memory) output_to_memory = function("rnp_output_to_memory");
  decltype(&rnp_set_timestamp) set_timestamp = function("rnp_set_timestamp");
};
inline constinit late::Library<Librnp> librnp(WEIR_LIBRNP_FILE, WEIR_LIBRNP_PACKAGE);

}  // namespace weir::openpgp
