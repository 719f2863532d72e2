# A few steps with two pictures of the real data set, and what is wrong is refused with one line.
set(few --steps 3 --pictures 1 --shown 1 --threads 2)

add_picture_test(fashion_measurements small 0 measurements/a/small.png ${few} --out measurements/a)
add_picture_test(fashion_measurements blurred 0 measurements/b/blurred.png ${few} --out measurements/b --noise 0)
add_picture_test(fashion_measurements sigma_data 2 "" ${few} --sigma-data 0 --out measurements/c)
add_picture_test(fashion_measurements noise 2 "" ${few} --noise -1 --out measurements/c)
add_picture_test(fashion_measurements nan_sigma_data 2 "" ${few} --sigma-data nan --out measurements/c)
add_picture_test(fashion_measurements nan_noise 2 "" ${few} --noise nan --out measurements/c)
add_picture_test(fashion_measurements no_data 1 "" ${few} --data nowhere --out measurements/d)
add_picture_test(fashion_measurements unwritable 2 "" ${few} --out "${CMAKE_CURRENT_LIST_FILE}")
