# The Eigen of this machine, as Debian has it.
set(VCPKG_BUILD_TYPE release)
file(COPY /usr/include/eigen3 DESTINATION "${CURRENT_PACKAGES_DIR}/include")
file(COPY /usr/share/eigen3/cmake DESTINATION "${CURRENT_PACKAGES_DIR}/share/eigen3")
vcpkg_install_copyright(FILE_LIST /usr/share/doc/libeigen3-dev/copyright)
