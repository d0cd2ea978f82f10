# What is installed, and the Debian package made of it: ./dev package.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # of all that is built, the program alone is needed
install(TARGETS weir RUNTIME DESTINATION bin)
install(FILES ${CMAKE_SOURCE_DIR}/packaging/weir.service ${CMAKE_SOURCE_DIR}/packaging/weir-backup.service
              ${CMAKE_SOURCE_DIR}/packaging/weir-backup.timer DESTINATION lib/systemd/system)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/operating DESTINATION share/doc/weir)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/formats DESTINATION share/doc/weir)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md DESTINATION share/doc/weir)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME weir)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The operators of Weir <weir@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "vulnerability information sharing with a checkable record")
set(CPACK_PACKAGE_DESCRIPTION
  "Reports, coordination and sharing of vulnerabilities, with a public append-only log that outsiders\n can check.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
get_property(late_packages GLOBAL PROPERTY WEIR_LATE_PACKAGES)  # which the program's own list does not show
list(JOIN late_packages ", " late_packages)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, tzdata, ${late_packages}")
# What a filing is printed with; without the second none in Chinese, Japanese or Korean.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "fonts-dejavu-core, fonts-noto-cjk")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/postinst
  ${CMAKE_SOURCE_DIR}/packaging/prerm ${CMAKE_SOURCE_DIR}/packaging/postrm)
include(CPack)
