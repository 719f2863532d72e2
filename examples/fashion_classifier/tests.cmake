# A few steps with a few pictures, the classifier's accuracy against the training script's, and what
# is wrong is refused with one line.
set(few --steps 3 --pictures 20 --real-pictures 100 --shown 1 --threads 2 --scales 0,2)

add_picture_test(fashion_classifier pictures 0 classifier/a/pictures.png ${few} --out classifier/a)
add_picture_test(fashion_classifier accuracy 0 "" ${few} --accuracy --real-pictures 2000)
add_picture_test(fashion_classifier scale 2 "" ${few} --scales -1 --out classifier/b)
add_picture_test(fashion_classifier nan_scale 2 "" ${few} --scales 0,nan --out classifier/b)
add_picture_test(fashion_classifier no_data 1 "" ${few} --data nowhere --out classifier/c)
add_picture_test(fashion_classifier unwritable 2 "" ${few} --out "${CMAKE_CURRENT_LIST_FILE}")
