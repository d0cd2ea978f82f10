// What is used of Pango and Cairo, which are loaded with the first sheet. Private to print.
//
// Thread rule: base/late.h.
#pragma once

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "base/late.h"

namespace weir::print {

struct Libcairo : late::Table {
  using Table::Table;
  decltype(&cairo_create) create = function("cairo_create");
  decltype(&cairo_destroy) destroy = function("cairo_destroy");
  decltype(&cairo_move_to) move_to = function("cairo_move_to");
  decltype(&cairo_pdf_surface_create_for_stream) pdf_surface_create_for_stream =
      function("cairo_pdf_surface_create_for_stream");
  decltype(&cairo_pdf_surface_set_metadata) pdf_surface_set_metadata =
      function("cairo_pdf_surface_set_metadata");
  decltype(&cairo_show_page) show_page = function("cairo_show_page");
  decltype(&cairo_surface_destroy) surface_destroy = function("cairo_surface_destroy");
  decltype(&cairo_surface_finish) surface_finish = function("cairo_surface_finish");
  decltype(&cairo_surface_status) surface_status = function("cairo_surface_status");
};
inline constinit late::Library<Libcairo> libcairo(WEIR_LIBCAIRO_FILE, WEIR_LIBCAIRO_PACKAGE);

/// Of libpangocairo, with what it needs: libpango and libgobject.
struct Libpango : late::Table {
  using Table::Table;
  decltype(&pango_cairo_context_set_resolution) cairo_context_set_resolution =
      function("pango_cairo_context_set_resolution");
  decltype(&pango_cairo_font_map_new) cairo_font_map_new = function("pango_cairo_font_map_new");
  decltype(&pango_cairo_show_layout) cairo_show_layout = function("pango_cairo_show_layout");
  decltype(&pango_cairo_show_layout_line) cairo_show_layout_line =
      function("pango_cairo_show_layout_line");
  decltype(&pango_cairo_update_context) cairo_update_context =
      function("pango_cairo_update_context");
  decltype(&pango_font_description_free) font_description_free =
      function("pango_font_description_free");
  decltype(&pango_font_description_from_string) font_description_from_string =
      function("pango_font_description_from_string");
  decltype(&pango_font_map_create_context) font_map_create_context =
      function("pango_font_map_create_context");
  decltype(&pango_layout_get_iter) layout_get_iter = function("pango_layout_get_iter");
  decltype(&pango_layout_get_unknown_glyphs_count) layout_get_unknown_glyphs_count =
      function("pango_layout_get_unknown_glyphs_count");
  decltype(&pango_layout_iter_free) layout_iter_free = function("pango_layout_iter_free");
  decltype(&pango_layout_iter_get_baseline) layout_iter_get_baseline =
      function("pango_layout_iter_get_baseline");
  decltype(&pango_layout_iter_get_line_extents) layout_iter_get_line_extents =
      function("pango_layout_iter_get_line_extents");
  decltype(&pango_layout_iter_get_line_readonly) layout_iter_get_line_readonly =
      function("pango_layout_iter_get_line_readonly");
  decltype(&pango_layout_iter_next_line) layout_iter_next_line =
      function("pango_layout_iter_next_line");
  decltype(&pango_layout_new) layout_new = function("pango_layout_new");
  decltype(&pango_layout_set_ellipsize) layout_set_ellipsize =
      function("pango_layout_set_ellipsize");
  decltype(&pango_layout_set_font_description) layout_set_font_description =
      function("pango_layout_set_font_description");
  decltype(&pango_layout_set_height) layout_set_height = function("pango_layout_set_height");
  decltype(&pango_layout_set_text) layout_set_text = function("pango_layout_set_text");
  decltype(&pango_layout_set_width) layout_set_width = function("pango_layout_set_width");
  decltype(&pango_layout_set_wrap) layout_set_wrap = function("pango_layout_set_wrap");
  decltype(&pango_units_to_double) units_to_double = function("pango_units_to_double");
  decltype(&g_object_unref) unref = function("g_object_unref");
};
inline constinit late::Library<Libpango> libpango(WEIR_LIBPANGO_FILE, WEIR_LIBPANGO_PACKAGE);

}  // namespace weir::print
