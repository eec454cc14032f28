// What a script adds to pages that are whole without it: theme, copying, countdown, printing.
(function () {
  "use strict";

  var root = document.documentElement;
  var voice = document.getElementById("announcements");

  function say(sentence) {
    voice.textContent = "";
    setTimeout(function () {
      voice.textContent = sentence;
    }, 50);
  }

  // Theme ---------------------------------------------------------------------------

  function paintBrowser(theme) {
    document.querySelectorAll("meta[name=theme-color]").forEach(function (meta) {
      var own = meta.dataset.scheme;
      meta.media = theme ? (own === theme ? "all" : "not all") : "(prefers-color-scheme: " + own + ")";
    });
  }

  function chooseTheme(theme) {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    try {
      if (theme) localStorage.setItem("theme", theme);
      else localStorage.removeItem("theme");
    } catch (error) {
      // Storage is off: the choice lasts as long as the page.
    }
    paintBrowser(theme);
  }

  document.querySelectorAll("input[name=theme]").forEach(function (input) {
    input.checked = input.value === (root.dataset.theme || "");
    input.addEventListener("change", function () {
      chooseTheme(input.value);
    });
  });
  if (root.dataset.theme) paintBrowser(root.dataset.theme);

  // Copying -------------------------------------------------------------------------

  function done(button, label) {
    var use = button.querySelector("use");
    var before = use.getAttribute("href");
    say(label + " copied.");
    if (button.classList.contains("is-done")) return;
    button.classList.add("is-done");
    use.setAttribute("href", "#i-done");
    setTimeout(function () {
      button.classList.remove("is-done");
      use.setAttribute("href", before);
    }, 2000);
  }

  function copy(button, text, label) {
    navigator.clipboard.writeText(text).then(
      function () {
        done(button, label);
      },
      function () {
        say("Copying is not allowed here. Select the text and copy it by hand.");
      },
    );
  }

  document.querySelectorAll(".prose pre").forEach(function (pre) {
    var frame = document.createElement("div");
    var template = document.getElementById("copy-code");
    pre.before(frame);
    frame.className = "code";
    frame.append(pre, template.content.cloneNode(true));
  });

  // A box that scrolls sideways can be reached and scrolled with the keyboard.
  document.querySelectorAll(".prose pre, .prose table").forEach(function (box) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  });

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy], [data-copy-code], [data-copy-from]");
    if (!button || !navigator.clipboard) return;
    if (button.dataset.copy) {
      copy(button, button.dataset.copy, button.dataset.copyLabel);
    } else if (button.dataset.copyFrom) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      fetch(button.href, { headers: { Accept: "application/json" } })
        .then(function (response) {
          return response.text();
        })
        .then(
          function (text) {
            copy(button, text, "JSON");
          },
          function () {
            location.href = button.href;
          },
        );
    } else {
      copy(button, button.closest(".code").querySelector("pre").textContent, "Code");
    }
  });

  // Countdown -----------------------------------------------------------------------

  function left(seconds) {
    if (seconds >= 172800) return Math.floor(seconds / 86400) + " d";
    if (seconds >= 7200) return Math.floor(seconds / 3600) + " h";
    if (seconds >= 120) return Math.floor(seconds / 60) + " min";
    return Math.floor(seconds) + " s";
  }

  // Silent while it runs. Speaks once, when a token that was good comes to its end.
  document.querySelectorAll("time[data-countdown]").forEach(function (time) {
    var end = Date.parse(time.dateTime);
    if (!(end > Date.now())) return;
    var timer = setInterval(function () {
      var seconds = (end - Date.now()) / 1000;
      if (seconds > 0) {
        time.textContent = "in " + left(seconds);
        return;
      }
      clearInterval(timer);
      time.textContent = "expired since this page was made";
      say("The token has expired since this page was made.");
    }, 1000);
  });

  // The rest ------------------------------------------------------------------------

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", function () {
      window.print();
    });
  });

  // A link to a row opens it.
  function openTarget() {
    var row = location.hash && document.getElementById(location.hash.slice(1));
    var details = row && row.querySelector("details");
    if (details) details.open = true;
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();
})();
