# A few steps with two pictures of the real data set, and what is wrong is refused with one line.
set(few --steps 4 --pictures 2 --shown 1 --threads 2)

add_picture_test(fashion_latents between 0 latents/a/between.png ${few} --out latents/a)
add_picture_test(fashion_latents changed 0 latents/b/changed.png ${few} --out latents/b --from sneaker --to 9)
add_picture_test(fashion_latents unknown_class 2 "" ${few} --to hat --out latents/c)
add_picture_test(fashion_latents two_steps 2 "" ${few} --steps 2 --out latents/d)
add_picture_test(fashion_latents nan_guidance 2 "" ${few} --guidance nan --out latents/d)
add_picture_test(fashion_latents no_data 1 "" ${few} --data nowhere --out latents/e)
add_picture_test(fashion_latents unwritable 2 "" ${few} --out "${CMAKE_CURRENT_LIST_FILE}")
