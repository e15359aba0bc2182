/* A bulk act that has begun goes on by itself, a thousand claims at a time; without this there is its button. */
document.querySelector("form[data-go-on]")?.submit();
