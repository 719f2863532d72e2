# Installs the headers, the CMake package and the pkg-config file. All of it is independent of the
# machine, hence share/, and of the prefix: an installed tree may be moved.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/fokker")
set(pkgconfig_dir "${CMAKE_INSTALL_DATADIR}/pkgconfig")

install(TARGETS fokker EXPORT fokker FILE_SET HEADERS FILE_SET adapt)
install(EXPORT fokker
    FILE fokker-targets.cmake
    NAMESPACE fokker::
    DESTINATION "${package_dir}")

# Before 1.0 a new minor version may change the interface.
set(compatibility SameMajorVersion)
if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(compatibility SameMinorVersion)
endif()
configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/fokker-config.cmake.in"
    "${PROJECT_BINARY_DIR}/fokker-config.cmake"
    INSTALL_DESTINATION "${package_dir}"
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
    "${PROJECT_BINARY_DIR}/fokker-config-version.cmake"
    COMPATIBILITY ${compatibility}
    ARCH_INDEPENDENT)
install(
    FILES
        "${PROJECT_BINARY_DIR}/fokker-config.cmake"
        "${PROJECT_BINARY_DIR}/fokker-config-version.cmake"
        # The compiled form is made by the project that asks for it, with its own flags.
        "${PROJECT_SOURCE_DIR}/cmake/compiled.cmake"
        "${PROJECT_SOURCE_DIR}/src/fokker.cpp"
        "${PROJECT_SOURCE_DIR}/src/diffusers.cpp"
    DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# From where fokker.pc lies to the headers and to the prefix, so that neither is written into it.
file(RELATIVE_PATH to_include
    "${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig" "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
file(RELATIVE_PATH to_prefix
    "${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" to_prefix "${to_prefix}")
configure_file(
    "${PROJECT_SOURCE_DIR}/cmake/fokker.pc.in" "${PROJECT_BINARY_DIR}/fokker.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/fokker.pc" DESTINATION "${pkgconfig_dir}")
