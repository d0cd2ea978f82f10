// Pango lays out, Cairo writes. Both are C: every object of theirs is owned by a unique_ptr.
#include <memory>

#include "base/bytes.h"
#include "print/libpango.h"
#include "print/print.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
// Fontconfig keeps for ever what it has read of its configuration, and Cairo 1.16 forgets 768 bytes
// of each subset of a CJK font that it writes. What is ours is owned by a unique_ptr.
// NOLINTNEXTLINE: the sanitizer gives the name
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig\nleak:libcairo\n";
}
#endif
#endif

namespace weir::print {
namespace {

// A4 in points, with margins of 2 cm.
constexpr double kPageWidth = 595.28;
constexpr double kPageHeight = 841.89;
constexpr double kMargin = 56.69;
constexpr double kFooterHeight = 24;
constexpr double kTextWidth = kPageWidth - 2 * kMargin;
constexpr double kTextEnd = kPageHeight - kMargin - kFooterHeight;
constexpr std::string_view kCreator = "Weir";

struct Look {
  const char* font;
  double before;  // space above, in points
};
Look look_of(Block::Kind kind) {
  switch (kind) {
    case Block::Kind::title:
      return {"Sans Bold 16", 0};
    case Block::Kind::heading:
      return {"Sans Bold 10", 10};
    case Block::Kind::text:
      return {"Sans 10", 3};
    case Block::Kind::note:
      return {"Sans 8", 3};
  }
  std::unreachable();
}

struct Free {
  void operator()(cairo_surface_t* one) const { libcairo->surface_destroy(one); }
  void operator()(cairo_t* one) const { libcairo->destroy(one); }
  void operator()(PangoLayout* one) const { libpango->unref(one); }
  void operator()(PangoFontDescription* one) const { libpango->font_description_free(one); }
  void operator()(PangoFontMap* one) const { libpango->unref(one); }
  void operator()(PangoContext* one) const { libpango->unref(one); }
  void operator()(PangoLayoutIter* one) const { libpango->layout_iter_free(one); }
};
using Surface = std::unique_ptr<cairo_surface_t, Free>;
using Canvas = std::unique_ptr<cairo_t, Free>;
using Layout = std::unique_ptr<PangoLayout, Free>;
using Font = std::unique_ptr<PangoFontDescription, Free>;
using FontMap = std::unique_ptr<PangoFontMap, Free>;
using Context = std::unique_ptr<PangoContext, Free>;
using Lines = std::unique_ptr<PangoLayoutIter, Free>;

cairo_status_t append(void* out, const unsigned char* bytes, unsigned int count) {
  // NOLINTNEXTLINE: what Cairo wrote are bytes
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

/// One pass over the sheet: once to count pages, once to draw with the count known.
class Press {
 public:
  Press(const Sheet& sheet, int pages)
      : sheet_(sheet), pages_(pages), fonts_(libpango->cairo_font_map_new()) {
    surface_.reset(
        libcairo->pdf_surface_create_for_stream(append, &bytes_, kPageWidth, kPageHeight));
    const auto say = [&](cairo_pdf_metadata_t what, const std::string& text) {
      libcairo->pdf_surface_set_metadata(surface_.get(), what, text.c_str());
    };
    say(CAIRO_PDF_METADATA_TITLE, sheet.title);
    say(CAIRO_PDF_METADATA_CREATOR, std::string(kCreator));
    say(CAIRO_PDF_METADATA_CREATE_DATE, to_rfc3339(sheet.at));
    say(CAIRO_PDF_METADATA_MOD_DATE, to_rfc3339(sheet.at));
    canvas_.reset(libcairo->create(surface_.get()));
    // A map of its own: the default one is a thread's.
    context_.reset(libpango->font_map_create_context(fonts_.get()));
    libpango->cairo_context_set_resolution(context_.get(), 72);
    libpango->cairo_update_context(canvas_.get(), context_.get());
  }

  Status run() {
    for (const Block& block : sheet_.blocks) {
      TRY(print(block));
    }
    return end_page();
  }

  int pages() const { return page_; }
  Result<std::string> finish() {
    libcairo->surface_finish(surface_.get());
    if (libcairo->surface_status(surface_.get()) != CAIRO_STATUS_SUCCESS) {
      return fail(Code::unavailable, "the sheet could not be written");
    }
    return std::move(bytes_);
  }

 private:
  Result<Layout> lay_out(const std::string& text, const char* font) const {
    Layout layout(libpango->layout_new(context_.get()));
    const Font description(libpango->font_description_from_string(font));
    libpango->layout_set_font_description(layout.get(), description.get());
    libpango->layout_set_width(layout.get(), static_cast<int>(kTextWidth * PANGO_SCALE));
    libpango->layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    libpango->layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    if (libpango->layout_get_unknown_glyphs_count(layout.get()) > 0) {
      return fail(Code::unavailable,
                  "no font of this machine has a character of this text: install one "
                  "(fonts-noto-cjk for Chinese, Japanese and Korean)");
    }
    return layout;
  }

  Status print(const Block& block) {
    const Look look = look_of(block.kind);
    const Layout layout = TRY(lay_out(block.text, look.font));
    y_ += y_ == kMargin ? 0 : look.before;
    const Lines lines(libpango->layout_get_iter(layout.get()));
    do {
      PangoRectangle box;
      libpango->layout_iter_get_line_extents(lines.get(), nullptr, &box);
      const double height = libpango->units_to_double(box.height);
      if (y_ + height > kTextEnd) {
        TRY(end_page());
      }
      const double below =
          libpango->units_to_double(libpango->layout_iter_get_baseline(lines.get()) - box.y);
      libcairo->move_to(canvas_.get(), kMargin + libpango->units_to_double(box.x), y_ + below);
      libpango->cairo_show_layout_line(canvas_.get(),
                                       libpango->layout_iter_get_line_readonly(lines.get()));
      y_ += height;
    } while (libpango->layout_iter_next_line(lines.get()) != 0);
    return {};
  }

  Status end_page() {
    ++page_;
    if (page_ > kMostPages) {
      return fail(Code::invalid, "a sheet has at most 200 pages");
    }
    const std::string number = std::to_string(page_) + " / " + std::to_string(pages_);
    const Layout footer =
        TRY(lay_out(sheet_.footer.empty() ? number : sheet_.footer + " · " + number, "Sans 8"));
    libpango->layout_set_height(footer.get(), 0);  // one line; more is cut with an ellipsis
    libpango->layout_set_ellipsize(footer.get(), PANGO_ELLIPSIZE_START);
    libcairo->move_to(canvas_.get(), kMargin, kPageHeight - kMargin);
    libpango->cairo_show_layout(canvas_.get(), footer.get());
    libcairo->show_page(canvas_.get());
    y_ = kMargin;
    return {};
  }

  const Sheet& sheet_;
  int pages_ = 0;  // in all, as the footer says
  std::string bytes_;
  FontMap fonts_;
  Surface surface_;
  Canvas canvas_;
  Context context_;
  double y_ = kMargin;
  int page_ = 0;  // that is done
};

}  // namespace

Result<std::string> pdf(const Sheet& sheet) {
  const auto is_plain = [](const std::string& text) {
    return is_utf8(text) && !text.contains('\0');
  };
  std::size_t size = sheet.title.size() + sheet.footer.size();
  bool is_text = is_plain(sheet.title) && is_plain(sheet.footer);
  for (const Block& block : sheet.blocks) {
    size += block.text.size();
    is_text = is_text && is_plain(block.text);
  }
  if (!is_text || size > kMaxSheetBytes) {
    return fail(Code::invalid, "a sheet is up to 2 MiB of UTF-8 text");
  }
  TRY(libcairo.load());
  TRY(libpango.load());
  Press first(sheet, 0);
  TRY(first.run());
  TRY(first.finish());
  Press press(sheet, first.pages());
  TRY(press.run());
  return press.finish();
}

}  // namespace weir::print
