// The account, which nobody needs: name and password, tokens for programs, and deleting everything.
import { confirm, dialog } from "./dialogs.js";
import { $, button, el, keepFocus } from "./dom.js";
import { announce, problem, tell } from "./notices.js";
import { player } from "./player.js";
import { call } from "./server.js";
import { forgetAll, set, state } from "./state.js";

const named = () => state.user && !state.user.anonymous;

export async function load() {
  const { user } = await call("GET", "/session");
  set("user", user);
  $("#account-name").textContent = named() ? user.name : "Account";
}

/** After the reader became somebody else, everything is theirs: the page begins anew. */
function startOver() {
  player.forget();
  forgetAll();
  location.reload();
}

function field(id, label, properties, hint) {
  return el(
    "div", { class: "field" },
    el("label", { for: id, text: label }),
    el("input", { id, name: id, required: true, "aria-describedby": hint ? `${id}-hint` : null, ...properties }),
    hint ? el("p", { class: "hint", id: `${id}-hint`, text: hint }) : null,
  );
}

function form(making, again) {
  const failure = el("p", { class: "failure", role: "alert", "data-test": "account-error" });
  const submit = el("button", {
    class: "button main", text: making ? "Create account" : "Log in", "data-test": "account-submit",
  });
  const credentials = el(
    "form",
    { class: "stack", "data-test": "account-form" },
    field("account-user", "Name", { maxlength: 100, autocomplete: "username", "data-test": "account-user" }),
    field("account-password", "Password", {
      type: "password", minlength: making ? 10 : 1, maxlength: 200, "data-test": "account-password",
      autocomplete: making ? "new-password" : "current-password",
    }, making ? "At least 10 characters. There is no e-mail, so it cannot be reset." : null),
    failure,
    submit,
    el("button", {
      type: "button", class: "link-button", "data-test": "account-switch", onclick: again,
      text: making ? "I have an account already" : "Create an account instead",
    }),
  );
  credentials.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    failure.textContent = "";
    const body = { name: $("#account-user").value.trim(), password: $("#account-password").value };
    try {
      await call("POST", making ? "/account" : "/session", { body });
      if (making) {
        $("dialog[open]").close();
        await load();
        tell(`Welcome, ${body.name}. Everything you made here is yours on every device.`);
      } else startOver();
    } catch (error) {
      failure.textContent = error.status === 401 ? "Name and password do not fit." : error.message;
      submit.disabled = false;
    }
  });
  return credentials;
}

function showForm(place, making) {
  place.replaceChildren(form(making, () => {
    showForm(place, !making);
    $("#account-user").focus();
  }));
}

function identity() {
  const place = el("div", { class: "stack" });
  if (!named()) {
    const intro = el("p", {
      text: "You don't need an account: playlists and history are kept for this browser. "
        + "With a name and a password you find them on every device. Creating an account or logging in ends the API "
        + "tokens you made before.",
    });
    showForm(place, true);
    return el("section", { class: "stack" }, intro, place);
  }
  place.append(
    el("p", {}, "Logged in as ", el("strong", { text: state.user.name, "data-test": "account-identity" }), "."),
    el("button", { type: "button", class: "button", text: "Log out", "data-test": "log-out", onclick: logOut }),
  );
  return place;
}

async function logOut() {
  try {
    await call("DELETE", "/session");
    startOver();
  } catch (failure) {
    problem("You are still logged in.", failure, logOut);
  }
}

async function deleteEverything() {
  const text = "All your playlists, history, likes and tokens are deleted for good, and the account with them.";
  if (!await confirm("Delete everything?", text, "Delete everything")) return;
  try {
    await call("DELETE", "/account");
    startOver();
  } catch (failure) {
    problem("Nothing was deleted.", failure, deleteEverything);
  }
}

async function listTokens(place) {
  try {
    const { tokens } = await call("GET", "/tokens");
    const rows = tokens.map(({ id, label, created_at: created, last_used_at: used }) => {
      const date = (text) => new Date(text).toLocaleDateString("en-GB");
      return el(
        "li", { "data-test": "token" },
        el("span", { class: "grow" }, el("b", { text: label }), el("span", {
          class: "quiet", text: ` made ${date(created)}, ${used ? `last used ${date(used)}` : "never used"}`,
        })),
        button("bin", `Revoke the token ${label}`, {
          "data-test": "token-revoke",
          onclick: async () => {
            try {
              await call("DELETE", `/tokens/${id}`);
              announce(`Token ${label} revoked.`);
              listTokens(place);
            } catch (failure) {
              problem("The token was not revoked.", failure);
            }
          },
        }),
      );
    });
    keepFocus(place.closest("section"), () => place.replaceChildren(...rows));
  } catch (failure) {
    place.replaceChildren(el("li", { class: "failure", text: `The tokens could not be loaded. ${failure.message}` }));
  }
}

function tokens() {
  const list = el("ul", { class: "tokens" });
  const secret = el("div", { class: "secret", hidden: true, "data-test": "token-secret" });
  const failure = el("p", { class: "failure", role: "alert" });
  const making = el(
    "form", { class: "row" },
    el("div", { class: "field grow" }, el("label", { for: "token-label", text: "New token, for" }),
      el("input", {
        id: "token-label", required: true, maxlength: 200, placeholder: "my player", "data-test": "token-label",
      })),
    el("button", { class: "button", text: "Create token", "data-test": "token-create" }),
  );
  making.addEventListener("submit", async (event) => {
    event.preventDefault();
    failure.textContent = "";
    try {
      const { token } = await call("POST", "/tokens", { body: { label: $("#token-label").value.trim() } });
      $("#token-label").value = "";
      secret.hidden = false;
      secret.replaceChildren(
        el("p", { text: "Copy it now: it is shown this once." }),
        el("code", { text: token, tabindex: 0 }),
        el("button", {
          type: "button", class: "button", text: "Copy",
          onclick: () => navigator.clipboard.writeText(token).then(() => announce("Copied.")),
        }),
      );
      listTokens(list);
    } catch (error) {
      failure.textContent = error.message;
    }
  });
  listTokens(list);
  return el(
    "section", { class: "stack" },
    el("h3", { text: "API tokens" }),
    el("p", { class: "hint" }, "With a token a program acts for you. ",
      el("a", { href: "/api", text: "How to use the API" })),
    list, making, failure, secret,
  );
}

export function open() {
  const { body } = dialog("Account", { "data-test": "account-dialog" });
  body.append(identity(), tokens(), el(
    "section", { class: "stack" },
    el("h3", { text: "Leave nothing behind" }),
    el("p", { class: "hint", text: "Deletes all that the server keeps about you." }),
    el("button", {
      type: "button", class: "button danger", text: "Delete everything", "data-test": "delete-everything",
      onclick: deleteEverything,
    }),
  ));
}

export function start() {
  $("#account").addEventListener("click", open);
}
