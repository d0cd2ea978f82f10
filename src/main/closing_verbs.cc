// weir publish, public, custody open|defer|export|list, key erase|rotate.
#include <filesystem>

#include "app/closing.h"
#include "main/views.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPublicFile = std::size_t{16} << 20;

/// A case, and what the actor declares of a conflict of interest in it.
struct OneCase {
  std::string reference;
  std::string conflict;

  void add_to(CLI::App& verb) {
    verb.add_option("case", reference)->required();
    verb.add_option("--conflict", conflict, "yes or no: for who is not its handler");
  }
  Result<std::optional<policy::Fact>> declared() const {
    if (conflict.empty()) {
      return std::nullopt;
    }
    return std::optional(TRY(fact_of(conflict)));
  }
};

/// What the case's generated advisories say, or at `notice` its notices, read by the handler:
/// recorded like any reading.
Result<std::string> generated(app::App& app, const app::Actor& actor, const std::string& reference,
                              const app::Publication& publication) {
  const std::string_view kind = publication.level == Level::notice ? "notice" : "advisory";
  json::Array advisories;
  const app::CaseView shown = TRY(app::read_case(app, actor, reference));
  for (const app::ShownItem& item : shown.items) {
    if (item.kind == kind) {
      advisories.push_back(TRY(json::parse(item.text)));
    }
  }
  return json::canonical(
      json::Object{{"format", "weir-publication/v1"},
                   {"id", publication.public_id},
                   {kind == "notice" ? "notices" : "advisories", std::move(advisories)}});
}

void add_publish(CLI::App& root, Line& line) {
  struct Options {
    std::string reference;
    std::string record;
    std::string level = "advisory";
    app::Publication publication;
  };
  auto options = std::make_shared<Options>();
  CLI::App* publish = add_verb(
      root, line, "publish", "make it public: a record, or what its advisories say",
      "weir publish CASE --id WEIR-2026-0001 --as cora", [options, &line]() -> Status {
        options->publication.level = TRY(level_of(options->level));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        if (options->record.empty()) {
          options->publication.bytes =
              TRY(generated(*instance->app, actor, options->reference, options->publication));
        } else {
          options->publication.bytes = TRY(read_file(options->record, kMaxPublicFile));
        }
        return told(line, TRY(app::publish(*instance->app, actor, options->reference,
                                           options->publication)));
      });
  publish->add_option("case", options->reference)->required();
  publish->add_option("--id", options->publication.public_id, "the public id")->required();
  publish->add_option("--record", options->record, "file to publish as it is");
  publish->add_option("--level", options->level, "what it shows: notice, advisory, ...");
  auto id = std::make_shared<std::string>();
  add_verb(root, line, "public", "what was published under this id", "weir public WEIR-2026-0001",
           [id, &line]() -> Status {
             const auto instance = TRY(line.open(Witnesses::leave));
             return write_out(TRY(app::published(*instance->app, *id)));
           })
      ->add_option("id", *id)
      ->required();
}

Status export_one(Instance& instance, const std::string& stream, ledger::FreeText free_text,
                  const std::string& folder) {
  const custody::Record record =
      TRY(app::export_record(*instance.app, stream, log_vkey(instance), free_text));
  return write_file((fs::path(folder) / (stream + ".json")).string(),
                    custody::write_record(record) + "\n");
}

void add_export(CLI::App& custody, Line& line) {
  struct Options {
    std::vector<std::string> streams;
    std::string out = "custody";
    bool with_text = false;
    bool all = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(
      custody, line, "export", "opened custody records, as the public gets them",
      "weir custody export --all --out custody", [options, &line]() -> Status {
        const auto instance = TRY(line.open(Witnesses::leave));
        std::vector<std::string> streams = options->streams;
        if (options->all) {
          streams = TRY(app::exportable(*instance->app));
        }
        std::error_code error;
        fs::create_directories(options->out, error);
        json::Array rows;
        for (const std::string& stream : streams) {
          TRY(export_one(*instance, stream,
                         options->with_text ? ledger::FreeText::shown : ledger::FreeText::kept_back,
                         options->out));
          rows.push_back(json::Object{{"stream", stream}, {"file", stream + ".json"}});
        }
        line.say(rows);
        return {};
      });
  verb->add_option("streams", options->streams);
  verb->add_flag("--all", options->all, "every stream that is open");
  verb->add_flag("--with-text", options->with_text, "show free text too");
  verb->add_option("--out", options->out, "folder")->capture_default_str();
}

void add_opening(CLI::App& custody, Line& line) {
  auto opened = std::make_shared<OneCase>();
  CLI::App* open = add_verb(
      custody, line, "open", "open a case's record; exported once it is sealed",
      "weir custody open CASE --as cora", [opened, &line]() -> Status {
        const auto declared = TRY(opened->declared());
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return told(line,
                    TRY(app::open_custody(*instance->app, actor, opened->reference, declared)));
      });
  opened->add_to(*open);
  add_verb(custody, line, "open-cover", "open the newest cover stream; new cover goes to another",
           "weir custody open-cover --as ada", [&line]() -> Status {
             const auto instance = TRY(line.open());
             const app::Actor actor = TRY(line.actor());
             return app::open_cover(*instance->app, actor);
           });
  struct Options {
    OneCase one;
    app::Deferral deferral;
  };
  auto options = std::make_shared<Options>();
  CLI::App* defer = add_verb(
      custody, line, "defer", "say in public that an opening comes later (two people)",
      "weir custody defer CASE --until 2030-01-01T00:00:00Z --ground investigation --as ada",
      [options, &line]() -> Status {
        options->deferral.conflict = TRY(options->one.declared());
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return told(line, TRY(app::defer_opening(*instance->app, actor, options->one.reference,
                                                 options->deferral)));
      });
  options->one.add_to(*defer);
  defer->add_option("--until", options->deferral.until)->required();
  defer->add_option("--ground", options->deferral.ground_class, "class of ground, [a-z_]+")
      ->required();
}

void add_keys(CLI::App& root, Line& line) {
  CLI::App* key = add_group(root, "key", "content keys and the master key");
  auto erased = std::make_shared<OneCase>();
  CLI::App* erase = add_verb(
      *key, line, "erase", "destroy a case's content, in every copy (two people)",
      "weir key erase CASE --conflict no --as ada", [erased, &line]() -> Status {
        const auto declared = TRY(erased->declared());
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return told(line, TRY(app::erase_key(*instance->app, actor, erased->reference, declared)));
      });
  erased->add_to(*erase);
  add_verb(*key, line, "rotate", "a new master key; everything goes under it",
           "weir key rotate --data /srv/weir", [&line]() -> Status {
             const auto instance = TRY(line.open());
             line.say(json::Object{{"master_key", TRY(rotate_master_key(*instance))}});
             return {};
           });
}

}  // namespace

void add_closing_verbs(CLI::App& root, Line& line) {
  add_publish(root, line);
  CLI::App* custody = add_group(root, "custody", "custody records");
  add_opening(*custody, line);
  add_export(*custody, line);
  add_keys(root, line);
}

}  // namespace weir::main
