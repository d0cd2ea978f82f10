// weir filing, clocks conflicts|decide|confirm.
#include <algorithm>

#include "app/filings.h"
#include "app/law_conflicts.h"
#include "main/beside.h"
#include "main/clocks_beside.h"
#include "main/laws.h"
#include "main/remote.h"
#include "main/sent_filings.h"

namespace weir::main {
namespace {

json::Array array_of(const std::vector<std::string>& names) {
  return json::Array(names.begin(), names.end());
}

json::Object document_value(const app::FilingDocument& document,
                            const std::vector<std::string>& sources) {
  json::Array fields;
  for (std::size_t i = 0; i < document.fields.size(); ++i) {
    const app::FilingField& one = document.fields[i];
    json::Object field{{"field", one.name},
                       {"level", name(one.level)},
                       {"need", one.is_required ? "required" : "optional"},
                       {"label", one.label},
                       {"value", one.value}};
    if (i < sources.size()) {
      field["from"] = sources[i];
    }
    fields.push_back(std::move(field));
  }
  return json::Object{{"filing", document.filing},
                      {"stage", document.regime + "/" + document.stage},
                      {"title", document.title},
                      {"recipients", array_of(document.recipients)},
                      {"fields", std::move(fields)}};
}

struct Options {
  std::string reference;  // of the obligation or filing
  std::string file;
  std::vector<std::string> sets;
  std::string channel;
  std::string format = "json";
  std::string recipient;
  std::string out;
  SendOptions send;
  app::Submission submission;
  app::Acknowledgement acknowledgement;
};

Result<app::Submission::Channel> channel_of(const std::string& text) {
  using Channel = app::Submission::Channel;
  for (const Channel one : {Channel::platform, Channel::form, Channel::file, Channel::weir}) {
    if (text == app::name(one)) {
      return one;
    }
  }
  return fail(Code::invalid, "a channel is platform, weir, form or file", text);
}

Result<app::FilingFormat> format_of(const std::string& text) {
  using Format = app::FilingFormat;
  constexpr std::array<std::string_view, 5> kNames = {"json", "csv", "html", "copy", "pdf"};
  const auto* const found = std::ranges::find(kNames, text);
  if (found == kNames.end()) {
    return fail(Code::invalid, "a format is json, csv, html, copy or pdf", text);
  }
  return static_cast<Format>(found - kNames.begin());
}

std::vector<app::FieldValue> values_of(const app::Form& form) {
  std::vector<app::FieldValue> values;
  for (const app::FilingField& one : form.document.fields) {
    values.push_back({one.name, one.value, one.level});
  }
  return values;
}

/// What the form shows, with the file's values over it, with `--set NAME=VALUE` over that. An empty
/// value leaves the field out.
Result<std::vector<app::FieldValue>> changed(std::vector<app::FieldValue> values,
                                             const Options& options) {
  std::vector<app::FieldValue> changes;
  if (!options.file.empty()) {
    const std::string bytes = TRY(read_file(options.file, app::kMaxFilingBytes));
    changes = TRY(app::parse_values(bytes));
  }
  for (const std::string& set : options.sets) {
    const std::size_t at = set.find('=');
    if (at == std::string::npos) {
      return fail(Code::invalid, "--set takes NAME=VALUE", set);
    }
    changes.push_back({set.substr(0, at),
                       TRY(text_or_file(set.substr(at + 1), app::kMaxFieldBytes)), Level::nothing});
  }
  for (const app::FieldValue& change : changes) {
    const auto known = std::ranges::find(values, change.name, &app::FieldValue::name);
    if (known == values.end()) {
      return fail(Code::invalid, "this stage has no such field", "/" + change.name);
    }
    *known = change;
  }
  return values;
}

void add_form(CLI::App& group, Line& line, const std::shared_ptr<std::string>& folder) {
  auto options = std::make_shared<Options>();
  add_verb(group, line, "form", "the stage's fields in the authority's order, with what is known",
           "weir filing form OBLIGATION --as ven",
           [folder, options, &line]() -> Status {
             if (is_served(line)) {
               line.say(TRY(form_beside(line, options->reference)));
               return {};
             }
             const app::Laws laws = TRY(laws_in(line, *folder));
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             const app::Form form =
                 TRY(app::stage_form(*instance->app, laws, actor, options->reference));
             json::Object out = document_value(form.document, form.sources);
             out["missing"] = array_of(form.missing);
             out["beyond"] = array_of(form.beyond);
             line.say(out);
             return {};
           })
      ->add_option("obligation", options->reference)
      ->required();
  auto drafted = std::make_shared<Options>();
  CLI::App* draft = add_verb(
      group, line, "draft", "keep what is known and set so far, sealed",
      "weir filing draft OBLIGATION --set product='Router OS' --set nature=@nature.txt --as ven",
      [folder, options = drafted, &line]() -> Status {
        if (is_served(line)) {
          const auto shown = TRY(values_beside(line, options->reference));
          const auto values = TRY(changed(shown, *options));
          line.say(json::Object{{"filing", TRY(save_beside(line, options->reference, values))}});
          return {};
        }
        const app::Laws laws = TRY(laws_in(line, *folder));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        const app::Form form =
            TRY(app::stage_form(*instance->app, laws, actor, options->reference));
        const std::vector<app::FieldValue> values = TRY(changed(values_of(form), *options));
        const std::string made =
            TRY(app::save_draft(*instance->app, laws, actor, options->reference, values));
        line.say(json::Object{{"filing", made}});
        return {};
      });
  draft->add_option("obligation", drafted->reference)->required();
  draft->add_option("--values", drafted->file, "JSON: {\"field\": \"value\", ...}");
  draft->add_option("--set", drafted->sets, "NAME=VALUE, or NAME=@FILE; empty leaves it out");
}

void say_submitted(const Line& line, const app::Submitted& done) {
  line.say(json::Object{{"receipt", done.receipt_id}, {"promise", done.promise}});
}

Result<json::Value> submit_beside(const Line& line, const Options& options) {
  return post_beside(line, filing_path(options.reference, "/submission"),
                     {{"channel", options.channel},
                      {"beyond", array_of(options.submission.beyond)},
                      {"at", options.submission.at}});
}

Result<json::Value> acknowledge_beside(const Line& line, const Options& options) {
  return post_beside(line, filing_path(options.reference, "/acknowledgement"),
                     {{"authority_reference", options.acknowledgement.reference},
                      {"at", options.acknowledgement.at},
                      {"note", options.acknowledgement.note}});
}

Result<std::string> export_beside(const Line& line, const Options& options) {
  const std::string file = options.format == "copy" ? "/copy.html" : "/filing." + options.format;
  const std::string to =
      options.recipient.empty() ? "" : "?to=" + percent_encoded(options.recipient);
  return TRY(ask_beside(line, filing_path(options.reference, file + to))).body;
}

void add_submit(CLI::App& group, Line& line, const std::shared_ptr<std::string>& folder) {
  auto options = std::make_shared<Options>();
  CLI::App* submit = add_verb(
      group, line, "submit", "hand it over; recorded with a receipt",
      "weir filing submit FILING --channel platform --as ven",
      [folder, options, &line]() -> Status {
        options->submission.channel = TRY(channel_of(options->channel));
        if (options->submission.channel == app::Submission::Channel::weir) {
          options->send.filing = options->reference;
          options->send.sending.beyond = options->submission.beyond;
          options->send.regimes = *folder;
          line.say(TRY(send_filing(line, options->send)));
          return {};
        }
        if (!options->send.sending.to.empty()) {
          return fail(Code::invalid, "--to is for --channel weir");
        }
        if (is_served(line)) {
          line.say(TRY(submit_beside(line, *options)));
          return {};
        }
        const app::Laws laws = TRY(laws_in(line, *folder));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        say_submitted(line, TRY(app::submit_filing(*instance->app, laws, actor, options->reference,
                                                   options->submission)));
        return {};
      });
  submit->add_option("filing", options->reference)->required();
  submit
      ->add_option(
          "--channel", options->channel,
          "platform: to the authority that runs this one; weir: to one that runs its own, at "
          "--to; form, file: elsewhere")
      ->required();
  submit->add_option("--to", options->send.sending.to, "with weir: its address, https://…");
  submit->add_option("--copy-for", options->send.sending.recipient,
                     "with weir: what this recipient gets; else the whole");
  submit->add_option("--token-file", options->send.token_file,
                     "with weir: file with an API token of an account there");
  submit->add_option("--ca-file", options->send.ca_file,
                     "with weir: PEM file of authorities to trust");
  submit->add_option("--beyond", options->submission.beyond,
                     "fields that give more than the law demands, and shall");
  submit->add_option("--at", options->submission.at, "when it was handed over elsewhere");
  auto answered = std::make_shared<Options>();
  CLI::App* acknowledge = add_verb(
      group, line, "acknowledge", "what the authority answered, by hand",
      "weir filing acknowledge FILING --reference SRP-17 --at 2026-10-24T10:00:00Z --as ven",
      [options = answered, &line]() -> Status {
        if (is_served(line)) {
          line.say(TRY(acknowledge_beside(line, *options)));
          return {};
        }
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        say_submitted(line, TRY(app::acknowledge_filing(*instance->app, actor, options->reference,
                                                        options->acknowledgement)));
        return {};
      });
  acknowledge->add_option("filing", answered->reference)->required();
  acknowledge->add_option("--reference", answered->acknowledgement.reference, "the authority's")
      ->required();
  acknowledge->add_option("--at", answered->acknowledgement.at)->required();
  acknowledge->add_option("--note", answered->acknowledgement.note);
}

void add_reading(CLI::App& group, Line& line, const std::shared_ptr<std::string>& folder) {
  auto options = std::make_shared<Options>();
  add_verb(group, line, "show", "one filing", "weir filing show FILING --as ven",
           [folder, options, &line]() -> Status {
             if (is_served(line)) {
               line.say(TRY(filing_beside(line, options->reference)));
               return {};
             }
             const app::Laws laws = TRY(laws_in(line, *folder));
             const auto instance = TRY(line.open());
             const app::Actor actor = TRY(line.actor());
             line.say(document_value(
                 TRY(app::show_filing(*instance->app, laws, actor, options->reference)), {}));
             return {};
           })
      ->add_option("filing", options->reference)
      ->required();
  auto listed = std::make_shared<Options>();
  add_verb(group, line, "list", "all filings, or those of one case", "weir filing list --as ven",
           [options = listed, &line]() -> Status {
             if (is_served(line)) {
               line.say(TRY(filings_beside(line, options->reference)));
               return {};
             }
             const auto instance = TRY(line.open(Witnesses::leave));
             const app::Actor actor = TRY(line.actor());
             json::Array rows;
             for (const app::FilingView& one :
                  TRY(app::filings(*instance->app, actor, options->reference))) {
               rows.push_back(json::Object{
                   {"filing", one.filing},
                   {"case", one.case_reference},
                   {"stage", one.stage},
                   {"state", app::name(one.state)},
                   {"channel", one.channel},
                   {"level", name(one.level)},
                   {"submitted", one.submitted ? to_rfc3339(*one.submitted) : ""},
                   {"acknowledged", one.acknowledged ? to_rfc3339(*one.acknowledged) : ""},
                   {"receipt", one.receipt_id}});
             }
             line.say(rows);
             return {};
           })
      ->add_option("case", listed->reference);
  auto exported = std::make_shared<Options>();
  CLI::App* out = add_verb(
      group, line, "export", "JSON, CSV, HTML or PDF to print, or HTML to copy field by field",
      "weir filing export FILING --format html --to ENISA --out filing.html --as ven",
      [folder, options = exported, &line]() -> Status {
        const app::FilingFormat format = TRY(format_of(options->format));
        const auto keep = [&](const std::string& bytes) {
          return options->out.empty() ? write_out(bytes) : write_file(options->out, bytes, 0600);
        };
        if (is_served(line)) {
          return keep(TRY(export_beside(line, *options)));
        }
        const app::Laws laws = TRY(laws_in(line, *folder));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        const std::string bytes = TRY(app::export_filing(
            *instance->app, laws, actor, options->reference, format, options->recipient));
        return keep(bytes);
      });
  out->add_option("filing", exported->reference)->required();
  out->add_option("--format", exported->format)->capture_default_str();
  out->add_option("--to", exported->recipient, "what this recipient gets");
  out->add_option("--out", exported->out, "write it here");
}

json::Value side_value(const app::LawSide& side) {
  return json::Object{{"law", side.regime + "/" + side.what},
                      {"title", side.title},
                      {"wording", side.wording},
                      {"clause", side.citation.clause},
                      {"address", side.citation.address},
                      {"mark", deadline::name(side.citation.mark)}};
}

json::Value conflict_value(const app::ConflictView& one) {
  json::Object out{{"conflict", one.conflict},
                   {"forbids", side_value(one.forbids)},
                   {"demands", side_value(one.demands)},
                   {"recipients", array_of(one.recipients)},
                   {"due", one.due ? to_rfc3339(*one.due) : ""},
                   {"choice", app::name(one.choice)}};
  if (one.choice != app::Choice::open) {
    out["ground"] = one.ground;
    out["decided_by"] = one.decided_by;
    out["confirmed_by"] = one.confirmed_by.empty() ? "nobody yet" : one.confirmed_by;
  }
  return out;
}

Result<json::Array> conflicts_of(const Line& line, const std::string& folder,
                                 const std::string& reference) {
  if (is_served(line)) {
    return conflicts_beside(line, reference);
  }
  const app::Laws laws = TRY(laws_in(line, folder));
  const auto instance = TRY(line.open(Witnesses::leave));
  const app::Actor actor = TRY(line.actor());
  json::Array all;
  for (const app::ConflictView& one :
       TRY(app::law_conflicts(*instance->app, laws, actor, reference))) {
    all.push_back(conflict_value(one));
  }
  return all;
}

Result<app::Choice> choice_of(const std::string& text) {
  for (const app::Choice one : {app::Choice::file, app::Choice::withhold}) {
    if (text == app::name(one)) {
      return one;
    }
  }
  return fail(Code::invalid, "a choice is file or withhold", text);
}

}  // namespace

void add_conflict_verbs(CLI::App& group, Line& line, const std::shared_ptr<std::string>& folder) {
  struct Given {
    std::string reference;
    std::string choice;
    app::ConflictDecision decision;
  };
  auto given = std::make_shared<Given>();
  add_verb(group, line, "conflicts", "laws that contradict each other in a case, side by side",
           "weir clocks conflicts CASE --as ven",
           [folder, given, &line]() -> Status {
             const json::Array all = TRY(conflicts_of(line, *folder, given->reference));
             if (line.json || all.empty()) {
               line.say(all);
             }
             for (const json::Value& one : all) {
               if (!line.json) {
                 line.say(one);
               }
             }
             return {};
           })
      ->add_option("case", given->reference)
      ->required();
  CLI::App* decide = add_verb(
      group, line, "decide", "which law is followed; holds once another person confirms it",
      "weir clocks decide CASE CONFLICT file --ground 'counsel of 24 October' --as ven",
      [folder, given, &line]() -> Status {
        given->decision.choice = TRY(choice_of(given->choice));
        if (is_served(line)) {
          return decide_beside(line, given->reference, given->decision);
        }
        const app::Laws laws = TRY(laws_in(line, *folder));
        const auto instance = TRY(line.open());
        const app::Actor actor = TRY(line.actor());
        return app::decide_conflict(*instance->app, laws, actor, given->reference, given->decision);
      });
  decide->add_option("case", given->reference)->required();
  decide->add_option("conflict", given->decision.conflict)->required();
  decide->add_option("choice", given->choice, "file or withhold")->required();
  decide->add_option("--ground", given->decision.ground)->required();
  CLI::App* confirm =
      add_verb(group, line, "confirm", "be the second person of such a decision",
               "weir clocks confirm CASE CONFLICT file --as val", [given, &line]() -> Status {
                 const app::Choice choice = TRY(choice_of(given->choice));
                 if (is_served(line)) {
                   return confirm_beside(line, given->reference, given->decision.conflict, choice);
                 }
                 const auto instance = TRY(line.open());
                 const app::Actor actor = TRY(line.actor());
                 return app::confirm_conflict(*instance->app, actor, given->reference,
                                              given->decision.conflict, choice);
               });
  confirm->add_option("case", given->reference)->required();
  confirm->add_option("conflict", given->decision.conflict)->required();
  confirm->add_option("choice", given->choice, "what was decided")->required();
}

void add_filing_verbs(CLI::App& root, Line& line) {
  CLI::App* group = add_group(root, "filing", "what discharges a duty, and the proof of it");
  const auto folder = add_laws_option(*group);
  add_form(*group, line, folder);
  add_submit(*group, line, folder);
  add_sent_receipt(*group, line, folder);
  add_reading(*group, line, folder);
}

}  // namespace weir::main
