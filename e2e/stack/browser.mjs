// People at a browser: Debian's Chromium, driven by playwright-core.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { programNamed } from './images.mjs';

/** Starts the browser. `rules` lead public names to loopback; `pictures` is the folder of the screenshots. */
export async function startBrowser({ home, rules, pictures }) {
  const { chromium } = createRequire(join(home, 'x.js'))('playwright-core');
  mkdirSync(pictures, { recursive: true });
  const browser = await chromium.launch({
    executablePath: programNamed('chromium', 'chromium-browser', 'google-chrome'),
    // The run itself decides what a signal ends.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Nothing but the names of this run: a page that asks for another host finds none.
      `--host-resolver-rules=${[...rules, 'MAP * ~NOTFOUND , EXCLUDE 127.*'].join(', ')}`,
    ],
  });
  let number = 0;
  return {
    /** A person with a browser of their own: `page`, `picture(name)`, `close()`. */
    async person(name, options = {}) {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        viewport: { width: 1280, height: 800 },
        locale: 'en-US',
        ...options,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      const problems = [];
      page.on('pageerror', (error) => problems.push(error.message));
      return {
        name,
        page,
        context,
        problems,
        async picture(what) {
          number += 1;
          const file = join(pictures, `${String(number).padStart(2, '0')}-${name}-${what}.png`);
          await page.screenshot({ path: file });
          return file;
        },
        close: () => context.close(),
      };
    },
    stop: () => browser.close(),
  };
}
