#include "main/remote.h"

#include <filesystem>

#include <fmt/format.h>

#include "api/api.h"
#include "app/intake.h"
#include "base/bytes.h"
#include "main/instance.h"

namespace weir::main {
namespace {

constexpr int kTries = 4;
constexpr std::size_t kKeyBytes = 20;
constexpr std::size_t kMaxTokenFile = 256;
constexpr std::size_t kMostFiledBytes = std::size_t{1} << 20;  // of an answer to a filing
constexpr Duration kMostUploadTime = std::chrono::minutes(30);

/// Sends it until there is an answer; the key makes that safe.
Result<net::Answer> send_once(net::Call call, const std::string& key) {
  call.fields.emplace_back("Idempotency-Key", key);
  Result<net::Answer> answer = fail(Code::unavailable, "not sent");
  for (int i = 0; i < kTries; ++i) {
    answer = net::send(call);
    if (answer || answer.error().code != Code::unavailable) {
      break;
    }
  }
  return answer;
}

std::string fresh_key(Random& random) {
  return to_base32(random.bytes(kKeyBytes));
}

net::Call call_to(const std::string& address, const std::string& ca_file, const std::string& path) {
  net::Call call;
  call.method = "POST";
  call.url = (address.ends_with('/') ? address.substr(0, address.size() - 1) : address) + path;
  call.limits.ca_file = ca_file;
  call.limits.total = kMostUploadTime;
  return call;
}

/// With an account, or with the code of a case.
void name_caller(net::Call& call, const std::string& token, const std::string& return_code) {
  if (!token.empty()) {
    call.fields.emplace_back("Authorization", "Bearer " + token);
  } else if (!return_code.empty()) {
    call.fields.emplace_back(api::kReturnCodeField, return_code);
  }
}

Status attach_to(const RemoteReport& report, const json::Object& filed, const std::string& path,
                 Random& random) {
  net::Call call =
      call_to(report.address, report.ca_file,
              "/api/v1/cases/" + std::string(filed.at("case").get_string()) + "/attachments");
  call.content_type = "application/octet-stream";
  call.body = TRY(read_file(path, static_cast<std::size_t>(app::kMaxAttachmentBytes)));
  call.fields.emplace_back(api::kFileNameField,
                           percent_encoded(std::filesystem::path(path).filename().string()));
  const json::Value* code = filed.if_contains("return_code");
  name_caller(call, report.token, code == nullptr ? "" : std::string(code->get_string()));
  const net::Answer answer = TRY(send_once(std::move(call), fresh_key(random)));
  return answer.status == 201 ? Status() : std::unexpected(error_of(answer));
}

}  // namespace

Result<std::string> read_token(const std::string& file) {
  std::string token = TRY(read_file(file, kMaxTokenFile));
  while (token.ends_with('\n')) {
    token.pop_back();
  }
  return token;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (is_plain) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Error error_of(const net::Answer& answer) {
  Error error{answer.status == 404                           ? Code::not_found
              : answer.status == 401 || answer.status == 403 ? Code::denied
              : answer.status == 409 || answer.status == 412 ? Code::conflict
              : answer.status == 429 || answer.status >= 500 ? Code::unavailable
                                                             : Code::invalid,
              "the server answered " + std::to_string(answer.status)};
  const auto problem = json::parse(answer.body);
  if (!problem || !problem->is_object()) {
    return error;
  }
  for (const auto& [name, text] : {std::pair{"detail", &error.message}, {"where", &error.where}}) {
    const json::Value* value = problem->get_object().if_contains(name);
    if (value != nullptr && value->is_string()) {
      *text = std::string(value->get_string());
    }
  }
  return error;
}

Result<json::Value> report_to(const RemoteReport& report, Random& random, json::Value& filed) {
  net::Call call = call_to(report.address, report.ca_file, "/api/v1/reports");
  call.content_type = "application/json";
  call.body = report.bytes;
  name_caller(call, report.token, "");
  const net::Answer answer = TRY(send_once(std::move(call), fresh_key(random)));
  if (answer.status != 201) {
    return std::unexpected(error_of(answer));
  }
  filed = TRY(json::parse(answer.body));
  const bool is_ours = filed.is_object() && filed.get_object().contains("case") &&
                       filed.get_object().at("case").is_string();
  if (!is_ours) {
    return fail(Code::unavailable, "the server's answer is none of a Weir", report.address);
  }
  for (const std::string& path : report.attachments) {
    if (const Status added = attach_to(report, filed.get_object(), path, random); !added) {
      return fail(added.error().code,
                  "the report is filed, but this file was not added: " + added.error().message,
                  path);
    }
  }
  return filed;
}

Result<app::Answered> file_with(const RemoteFiling& filing) {
  net::Call call =
      call_to(filing.address, filing.ca_file,
              filing.case_reference.empty()
                  ? std::string("/api/v1/reports")
                  : "/api/v1/cases/" + percent_encoded(filing.case_reference) + "/filings");
  call.content_type = "application/json";
  call.body = filing.bytes;
  call.limits.bytes = kMostFiledBytes;
  name_caller(call, filing.token, filing.return_code);
  const net::Answer answer = TRY(send_once(std::move(call), filing.key));
  if (answer.status != 201) {
    return std::unexpected(error_of(answer));
  }
  const auto tree = json::parse(answer.body);
  app::Answered answered;
  bool is_ours = tree.has_value() && tree->is_object();
  for (const auto& [name, text] : {std::pair{"case", &answered.case_reference},
                                   {"receipt", &answered.receipt_id},
                                   {"promise", &answered.promise},
                                   {"return_code", &answered.return_code}}) {
    const json::Value* value = is_ours ? tree->get_object().if_contains(name) : nullptr;
    const bool is_text = value != nullptr && value->is_string();
    is_ours = is_ours && (is_text || (value == nullptr && text == &answered.return_code));
    if (is_text) {
      *text = std::string(value->get_string());
    }
  }
  if (!is_ours) {
    return fail(Code::unavailable, "the server's answer is none of a Weir", filing.address);
  }
  return answered;
}

}  // namespace weir::main
