# Writes OUT: C++ that holds the files of FOLDER (*.yaml), for regimes::builtin().
# cmake -DFOLDER=... -DOUT=... -P embed.cmake
file(GLOB files ${FOLDER}/*.yaml)
list(SORT files)
set(text "// Made by cmake/embed.cmake.\n#include \"regimes/regimes.h\"\n\nnamespace weir::regimes {\n\n")
string(APPEND text "std::vector<File> builtin() {\n  std::vector<File> files;\n")
foreach(path IN LISTS files)
  get_filename_component(name ${path} NAME)
  file(READ ${path} body)
  string(APPEND text "  files.push_back({\"${name}\", R\"regime(${body})regime\"});\n")
endforeach()
string(APPEND text "  return files;\n}\n\n}  // namespace weir::regimes\n")
file(WRITE ${OUT} "${text}")
