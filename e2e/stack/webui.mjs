// What a person does in Open WebUI, by the names that the page gives to its parts.
import { until } from './programs.mjs';

/** Opens the app as somebody whom the identity provider knows. */
export async function signInWithProvider(person, who) {
  await fillSignIn(person, who);
  await person.page.waitForURL(`${who.url}/**`);
  await inTheApp(person);
}

/** Says to the identity provider who one is, whatever comes then. */
export async function fillSignIn({ page }, { url, email, password }) {
  await page.goto(url);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Opens the app with an account of its own. */
export async function signInWithPassword(person, { url, email, password }) {
  const { page } = person;
  await page.goto(`${url}/auth`);
  await page.getByLabel('Email').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await inTheApp(person);
}

/** Opens the app where nobody signs in. */
export async function open(person, { url }) {
  await person.page.goto(url);
  await inTheApp(person);
}

async function inTheApp({ page }) {
  const news = page.getByRole('button', { name: "Okay, Let's Go!" });
  await page.addLocatorHandler(news, () => news.click());
  await page.locator('#chat-input').waitFor();
  await until('the page has its token', () => page.evaluate(() => Boolean(localStorage.token)), 20);
}

/** Calls the app's API as the page does: { status, body }. */
export function api({ page }, path, { method = 'GET', body, headers = {} } = {}) {
  return page.evaluate(
    async ([at, verb, content, more]) => {
      const response = await fetch(at, {
        method: verb,
        headers: { authorization: `Bearer ${localStorage.token}`, 'content-type': 'application/json', ...more },
        body: content === undefined ? undefined : JSON.stringify(content),
      });
      const text = await response.text();
      let parsed = text;
      try {
        parsed = JSON.parse(text);
      } catch {
        // Not JSON: the text itself.
      }
      return { status: response.status, body: parsed };
    },
    [path, method, body, headers],
  );
}

/** The names in the model list, as it is opened in the page. */
export async function modelsInList(person) {
  const { page } = person;
  await page.locator('#model-selector-model-button').click();
  await page.locator('#model-search-input').waitFor();
  const options = page.locator('#model-selector-list [role=option]');
  await options
    .first()
    .waitFor({ timeout: 5000 })
    .catch(() => undefined);
  const names = await options.evaluateAll((all) => all.map((option) => option.dataset.value));
  await person.picture('models');
  await page.keyboard.press('Escape');
  return names;
}

/** A new chat with a model. */
export async function newChat(person, { url, model }) {
  const { page } = person;
  await page.goto(`${url}/?${new URLSearchParams({ model })}`);
  await inTheApp(person);
  await page.locator(`#model-selector-model-button[aria-label="Selected model: ${model}"]`).waitFor();
}

/** Switches a tool or a tool server on for the chat, by the name in the menu. */
export async function useTool({ page }, name) {
  await page.getByRole('button', { name: 'Integrations' }).click();
  await page.getByRole('menuitem', { name: /^Tools/ }).click();
  const entry = page.getByRole('menuitemcheckbox', { name });
  await entry.click();
  await page.keyboard.press('Escape');
}

/** Sends a message and waits for the whole answer. Answers with its text and how often it was seen growing. */
export async function ask(person, text, { seconds = 60 } = {}) {
  const { page } = person;
  const answers = page.locator('[id^="message-"]:has(.chat-assistant)');
  const before = await answers.count();
  await page.locator('#chat-input').fill(text);
  await page.keyboard.press('Enter');
  const answer = answers.nth(before);
  await answer.waitFor({ timeout: seconds * 1000 });
  const content = answer.locator('.chat-assistant');
  const seen = new Set();
  await until(
    `the answer to "${text.slice(0, 60)}" is complete`,
    async () => {
      seen.add(await content.textContent());
      return (await answer.getByRole('button', { name: 'Regenerate' }).count()) > 0;
    },
    seconds,
  );
  return { text: (await content.textContent()).trim(), states: seen.size };
}

/** Chooses from the menu behind one's own picture. */
export async function signOut({ page }) {
  await page.getByRole('button', { name: 'User menu' }).first().click();
  await page.getByText('Sign Out').click();
}
