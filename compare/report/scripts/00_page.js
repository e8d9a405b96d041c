"use strict";
// What the other files share. The page can be read without any of them: they add what answers to a hand.
document.documentElement.classList.add("scripted");

/** Reads the block of JSON that data_block() in page_script.py wrote under that name; null where there is none. */
function readData(name) {
  const block = document.getElementById(`data-${name}`);
  return block === null ? null : JSON.parse(block.textContent);
}
