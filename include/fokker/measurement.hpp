/// Measurements of the data: corrections of a model, for sampling what was measured.
#pragma once

#include <fokker/measurement/ddnm.hpp>
#include <fokker/measurement/ddnm_plus.hpp>
#include <fokker/measurement/dps.hpp>
#include <fokker/measurement/hard_data_consistency.hpp>
#include <fokker/measurement/jacobian.hpp>
#include <fokker/measurement/moment_matching.hpp>
#include <fokker/measurement/pigdm.hpp>
