// weir serve, call.
#include <cstdio>

#include "api/api.h"
#include "main/beside.h"
#include "main/serve.h"
#include "main/trial.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

/// How long the writer waits for more commands before it syncs.
constexpr Duration kWindow = std::chrono::milliseconds(2);
constexpr std::size_t kMostCallBody = std::size_t{64} << 20;

json::Value addresses_of(const http::Server& server, const config::Config& config) {
  const auto listening = [](const std::string& text, std::uint16_t port) {
    return text.substr(0, text.rfind(':') + 1) + std::to_string(port);
  };
  json::Object out{{"address", (config.tls_certificate.empty() ? "http://" : "https://") +
                                   listening(config.listen, server.port("everybody"))},
                   {"mode", config.mode}};
  if (!config.admin_listen.empty()) {
    out["admin"] = "http://" + listening(config.admin_listen, server.port("operators"));
  }
  return out;
}

void add_serve(CLI::App& root, Line& line) {
  struct Options {
    std::string listen;
    std::string admin_listen;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(
      root, line, "serve", "the server: the API, the log, sealing; until SIGTERM",
      "weir serve --data /srv/weir --listen 127.0.0.1:8440", [options, &line]() -> Status {
        const sigset_t signals = hold_signals();
        const auto instance = TRY(open_instance(line.data, Witnesses::ask, kWindow));
        config::Config& config = instance->config;
        config.listen = options->listen.empty() ? config.listen : options->listen;
        config.admin_listen =
            options->admin_listen.empty() ? config.admin_listen : options->admin_listen;
        TRY(make_trial_certificate(instance->folder, config, instance->clock, instance->random));
        return serve(*instance, signals, [&](const http::Server& server) {
          line.say(addresses_of(server, config));
          if (config.mode == "trial" && !line.json) {
            std::puts("A trial: without witnesses nothing proves that others are shown this log.");
            if (config.tls_certificate == kTrialCertificate) {
              std::puts("Nobody vouches for its certificate: give clients tls.pem.");
            }
          }
          std::fflush(stdout);
        });
      });
  verb->add_option("--listen", options->listen, "instead of the configured address");
  verb->add_option("--admin-listen", options->admin_listen, "the same, for health and metrics");
}

struct CallOptions {
  std::string method;
  std::string path;
  std::string body;
  std::string type = "application/json";
  std::string name;
  std::string out;
};

Result<net::Call> call_of(const CallOptions& options, const Line& line) {
  net::Call call = TRY(call_beside(line, options.method, options.path));
  if (!options.body.empty()) {
    call.body = options.body == "-" ? TRY(read_file("/dev/stdin", kMostCallBody))
                                    : TRY(text_or_file(options.body, kMostCallBody));
    call.content_type = options.type;
  }
  if (!options.name.empty()) {
    call.fields.emplace_back(api::kFileNameField, options.name);
  }
  return call;
}

void add_call(CLI::App& root, Line& line) {
  auto options = std::make_shared<CallOptions>();
  CLI::App* verb = add_verb(
      root, line, "call", "ask the server that has the data directory open, over its local socket",
      "weir call GET /api/v1/cases/CASE --as cora --data /srv/weir", [options, &line]() -> Status {
        const net::Call call = TRY(call_of(*options, line));
        const net::Answer answer = TRY(ask_beside(call));
        if (!options->out.empty()) {
          return write_file(options->out, answer.body, 0600);
        }
        const auto value = json::parse(answer.body);
        if (answer.content_type.starts_with("application/json") && value) {
          line.say(*value);
          return {};
        }
        return write_out(answer.body);
      });
  verb->add_option("method", options->method, "GET, POST, PUT or DELETE")->required();
  verb->add_option("path", options->path, "with its query")->required();
  verb->add_option("--body", options->body, "the text, @FILE, or - for standard input");
  verb->add_option("--type", options->type, "of the body")->capture_default_str();
  verb->add_option("--name", options->name, "of a file that is attached, percent-encoded");
  verb->add_option("--out", options->out, "write the answer to this file");
}

}  // namespace

void add_serve_verbs(CLI::App& root, Line& line) {
  add_serve(root, line);
  add_call(root, line);
}

}  // namespace weir::main
