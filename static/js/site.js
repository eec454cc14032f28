// What scripts add to pages that are whole without them. collectstatic joins these files into one.
import "./announce.js";
import "./themes.js";
import "./copy.js";
import "./tabs.js";
import "./countdown.js";
import "./targets.js";
import "./contents.js";
