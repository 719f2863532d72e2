"""The Eigen of this machine, in the folder EIGEN, as the Conan package that ConanCenter has."""

import os

from conan import ConanFile
from conan.tools.files import copy


class Eigen(ConanFile):
    name = "eigen"
    version = "3.4.0"
    package_type = "header-library"

    def package(self):
        for folder in ("Eigen", "unsupported", "signature_of_eigen3_matrix_library"):
            copy(self, f"{folder}*", src=os.environ["EIGEN"],
                 dst=os.path.join(self.package_folder, "include", "eigen3"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.includedirs = ["include/eigen3"]
        self.cpp_info.set_property("cmake_file_name", "Eigen3")
        self.cpp_info.set_property("cmake_target_name", "Eigen3::Eigen")
        self.cpp_info.set_property("pkg_config_name", "eigen3")
