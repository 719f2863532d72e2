# A few steps and pictures, and what is wrong is refused with one line.
set(few --steps 2 --pictures 130 --real-pictures 130 --seeds 1 --shown 1 --threads 2)

add_picture_test(fashion_fields pictures 0 fields/a/pictures.png ${few} --out fields/a)
add_picture_test(fashion_fields steps 2 "" ${few} --steps 1 --out fields/b)
add_picture_test(fashion_fields no_data 1 "" ${few} --data nowhere --out fields/c)
add_picture_test(fashion_fields unwritable 2 "" ${few} --out "${CMAKE_CURRENT_LIST_FILE}")
